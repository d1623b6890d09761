import type { Frame } from './encode-picture.ts'

/** The sizes pictures are shown in: twice their largest place on a page, for sharp screens. */
export const imageVariants = {
  avatar: { width: 208, height: 208, fit: 'cover' },
  card: { width: 800, height: 800, fit: 'inside' },
  cover: { width: 1280, height: 1280, fit: 'inside' },
  banner: { width: 1536, height: 768, fit: 'inside' },
} as const satisfies Record<string, Frame>

export type ImageVariant = keyof typeof imageVariants

export function isImageVariant(name: string): name is ImageVariant {
  return Object.hasOwn(imageVariants, name)
}

/** CIDv1, raw codec, sha-256, base32: what a blob's address looks like. Nothing else is looked up. */
export function isBlobCid(text: string): boolean {
  return /^bafkrei[a-z2-7]{52}$/.test(text)
}
