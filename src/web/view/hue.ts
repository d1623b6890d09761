/** The hue angles (oklch) behind the classes `hue-0` … of styles/hues.css, which holds the same list. */
export const hueAngles: readonly number[] = [265, 300, 335, 10, 38, 62, 95, 140, 165, 190, 220, 245]

/** 32 bits that depend on every character (FNV-1a); the same text always gives the same. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

/** The hue class of an event or a person: an index of `hueAngles`. */
export function hueOf(text: string): number {
  return seedOf(text) % hueAngles.length
}
