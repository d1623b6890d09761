import { hueAngles } from './hue.ts'

type Draw = { next: () => number; hue: number }

const size = 400

/**
 * SVG art for an event without a picture: the same seed always gives the same drawing.
 * Presentation attributes only, so that a policy without inline styles lets it through. Decorative: no title.
 */
export function coverArt(seed: number, hueIndex: number): string {
  const draw: Draw = { next: randomFrom(seed), hue: hueAngles[hueIndex % hueAngles.length] ?? 265 }
  const style = styles[Math.floor(draw.next() * styles.length)] ?? hills
  return `<svg viewBox="0 0 ${size} ${size}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">${style(draw)}</svg>`
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function ink(lightness: number, chroma: number, hue: number): string {
  return `oklch(${lightness.toFixed(2)} ${chroma.toFixed(2)} ${Math.round((hue + 720) % 360)})`
}

const rect = (fill: string) => `<rect width="${size}" height="${size}" fill="${fill}"/>`
const circle = (x: number, y: number, r: number, fill: string) =>
  `<circle cx="${Math.round(x)}" cy="${Math.round(y)}" r="${Math.round(r)}" fill="${fill}"/>`
/** Darker warm colours turn to wine, not to mud. */
const turn = (hue: number, step: number) => (hue < 120 ? -1.9 * step : step)
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Ridges before a low sun. */
function hills({ next, hue }: Draw): string {
  const sun = circle(90 + next() * 220, 95 + next() * 50, 42 + next() * 26, ink(0.96, 0.07, hue + 150 > 360 ? 85 : 75))
  const ridges = range(5).map((i) => {
    const fill = ink(0.74 - i * 0.11, 0.1 + i * 0.008, hue + turn(hue, i * 9))
    const points = range(7).map((j) => `${j * 70 - 10},${Math.round(165 + i * 50 + (next() - 0.5) * 84)}`)
    return `<path d="M-40,440L${points.join('L')}L440,440Z" fill="${fill}" stroke="${fill}" stroke-width="44" stroke-linejoin="round"/>`
  })
  return rect(ink(0.9, 0.055, hue - 25)) + sun + ridges.join('')
}

/** Arches within arches, from the ground up. */
function arches({ next, hue }: Draw): string {
  const x = 110 + next() * 180
  const step = next() < 0.5 && hue > 120 ? 26 : -26
  const rings = range(6).map((i) =>
    circle(x, 400, 330 - i * 52, ink(0.86 - i * 0.085, 0.08 + i * 0.018, hue + i * step)),
  )
  const moon = circle(x + (x > 200 ? -1 : 1) * (150 + next() * 40), 78 + next() * 30, 26, ink(0.97, 0.05, hue + 60))
  return rect(ink(0.93, 0.04, hue - step)) + rings.join('') + moon
}

/** Quarter circles on a board, as in old textbooks of geometry. */
function tiles({ next, hue }: Draw): string {
  const fills = [
    ink(0.62, 0.15, hue),
    ink(0.8, 0.1, hue + 40),
    ink(0.42, 0.12, hue + turn(hue, 20)),
    ink(0.87, 0.11, hue + 75),
    ink(0.93, 0.03, hue),
  ]
  const pick = () => fills[Math.floor(next() * fills.length)] ?? ''
  const corner = [
    'M0,0h100a100,100,0,0,1-100,100Z',
    'M100,0v100a100,100,0,0,1-100-100Z',
    'M100,100h-100a100,100,0,0,1,100-100Z',
    'M0,100v-100a100,100,0,0,1,100,100Z',
  ]
  const cells = range(16).map((i) => {
    const kind = Math.floor(next() * 6)
    const shape =
      kind === 4
        ? circle(50, 50, 50, pick())
        : kind === 5
          ? circle(50, 50, 24, pick())
          : `<path d="${corner[kind]}" fill="${pick()}"/>`
    return `<g transform="translate(${(i % 4) * 100} ${Math.floor(i / 4) * 100})"><path d="M0,0h101v101h-101Z" fill="${pick()}"/>${shape}</g>`
  })
  return cells.join('')
}

/** Swells under a clear sky. */
function waves({ next, hue }: Draw): string {
  const swells = range(8).map((i) => {
    const y = 120 + i * 40
    const lift = 22 + next() * 22
    const from = Math.round(-next() * 160)
    const crests = range(5)
      .map(() => `q40,${-Math.round(lift)},80,0t80,0`)
      .join('')
    return `<path d="M${from},${y}${crests}V420H${from}Z" fill="${ink(0.88 - i * 0.075, 0.07 + i * 0.013, hue + turn(hue, i * 7))}"/>`
  })
  const sun = circle(60 + next() * 280, 76, 36, ink(0.93, 0.09, hue + 170))
  return rect(ink(0.95, 0.03, hue + 20)) + sun + swells.join('')
}

/** Rays from a point near the edge. */
function rays({ next, hue }: Draw): string {
  const [x, y] = [Math.round(60 + next() * 280), Math.round(300 + next() * 60)]
  const count = 18 + Math.floor(next() * 6) * 2
  const wedges = range(count).map((i) => {
    const [a, b] = [i, i + 1].map((n) => (n / count) * 2 * Math.PI)
    const point = (angle: number) => `${Math.round(x + Math.cos(angle) * 700)},${Math.round(y + Math.sin(angle) * 700)}`
    const fill = i % 2 ? ink(0.86, 0.09, hue + turn(hue, 14)) : ink(0.76, 0.13, hue)
    return `<path d="M${x},${y}L${point(a ?? 0)}L${point(b ?? 0)}Z" fill="${fill}"/>`
  })
  const core = [96, 70, 44].map((r, i) => circle(x, y, r, ink(0.52 + i * 0.2, 0.16 - i * 0.04, hue - 45 + i * 30)))
  return wedges.join('') + core.join('')
}

/** Soft lights that run into each other. */
function glow({ next, hue }: Draw): string {
  const id = `g${Math.floor(next() * 2 ** 31).toString(36)}`
  const lights = range(6).map((i) => {
    const fill = ink(0.62 + next() * 0.26, 0.13 + next() * 0.06, hue + (i - 3.6) * 21)
    return circle(next() * 400, next() * 400, 90 + next() * 90, fill)
  })
  const blur = `<filter id="${id}" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="46"/></filter>`
  return `${blur}${rect(ink(0.8, 0.1, hue))}<g filter="url(#${id})">${lights.join('')}</g>`
}

/** Leaves and stems, cut from paper. */
function garden({ next, hue }: Draw): string {
  const stems = range(7).map((i) => {
    const x = Math.round(30 + i * 57 + (next() - 0.5) * 24)
    const top = Math.round(90 + next() * 150)
    const fill = ink(0.45 + next() * 0.35, 0.11 + next() * 0.05, hue + (next() - 0.5) * 90)
    const leaves = range(4).map((j) => {
      const y = top + 40 + j * 62
      const side = (i + j) % 2 ? 1 : -1
      return `<path d="M${x},${y}q${side * 12},-46,${side * 58},-50q${side * -2},46,${side * -58},50Z" fill="${fill}"/>`
    })
    return `<path d="M${x},${top}V420" stroke="${fill}" stroke-width="5"/>${circle(x, top, 15 + next() * 14, ink(0.78, 0.14, hue + 120 + next() * 60))}${leaves.join('')}`
  })
  return rect(ink(0.94, 0.035, hue + 30)) + stems.join('')
}

const styles = [hills, arches, tiles, waves, rays, glow, garden]
