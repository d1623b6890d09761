import { randomFrom } from './random-from.ts'

export type Poster = { style: keyof typeof styles; hue: number }
export type PosterSize = { width: number; height: number }

type Canvas = PosterSize & { next: () => number; hue: number }

/** An abstract picture for a poster or a banner: the same seed always draws the same. SVG. */
export function posterArt(seed: string, { style, hue }: Poster, { width, height }: PosterSize): string {
  const canvas = { width, height, next: randomFrom(seed), hue }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${styles[style](canvas)}</svg>`
}

const styles = { dusk, tiles, waves, rays, orbits, leaves }

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const ink = (hue: number, saturation: number, lightness: number) =>
  `hsl(${Math.round((hue + 720) % 360)},${Math.round(saturation)}%,${Math.round(lightness)}%)`
const ground = ({ width, height }: PosterSize, fill: string) =>
  `<rect width="${width}" height="${height}" fill="${fill}"/>`
const circle = (x: number, y: number, r: number, fill: string) =>
  `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${r.toFixed(1)}" fill="${fill}"/>`

/** A big low sun over layered hills. */
function dusk(canvas: Canvas): string {
  const { width, height, next, hue } = canvas
  const sun = circle(width * (0.25 + next() * 0.5), height * 0.5, height * 0.26, ink(hue + 40, 92, 72))
  const hills = range(4).map((i) => {
    const top = height * (0.52 + i * 0.12)
    const sway = () => (next() - 0.5) * height * 0.22
    const line = `C${width * 0.3} ${top + sway()} ${width * 0.6} ${top + sway()} ${width} ${top + sway() / 2}`
    return `<path d="M0 ${top + sway() / 2}${line}V${height}H0Z" fill="${ink(hue + 210 - i * 8, 34 + i * 5, 56 - i * 12)}"/>`
  })
  return ground(canvas, ink(hue + 15, 74, 86)) + sun + hills.join('')
}

/** Quarter circles in a grid, after the Bauhaus. */
function tiles(canvas: Canvas): string {
  const { width, height, next, hue } = canvas
  const side = height / 4
  const colours = [
    ink(hue, 62, 52),
    ink(hue + 40, 84, 66),
    ink(hue + 190, 42, 34),
    ink(hue + 30, 60, 90),
    ink(hue - 30, 70, 74),
  ]
  const any = () => colours[Math.floor(next() * colours.length)] ?? ''
  const cells = range(Math.ceil(width / side) * 4).map((i) => {
    const [x, y] = [(i >> 2) * side, (i & 3) * side]
    const turn = `rotate(${Math.floor(next() * 4) * 90} ${x + side / 2} ${y + side / 2})`
    const square = `<rect x="${x}" y="${y}" width="${side + 1}" height="${side + 1}" fill="${any()}"/>`
    const shape =
      next() < 0.25
        ? circle(x + side / 2, y + side / 2, side * 0.3, any())
        : `<path d="M${x} ${y}h${side}a${side} ${side} 0 0 1-${side} ${side}z" fill="${any()}" transform="${turn}"/>`
    return square + shape
  })
  return cells.join('')
}

/** Bands of water. */
function waves(canvas: Canvas): string {
  const { width, height, next, hue } = canvas
  const moon = circle(width * (0.2 + next() * 0.6), height * 0.24, height * 0.11, ink(hue + 60, 80, 92))
  const bands = range(7).map((i) => {
    const y = height * (0.34 + i * 0.1)
    const step = width / 6
    const shift = next() * step
    const crests = range(8).map(() => `q${step / 2} ${-height * 0.09} ${step} 0`)
    return `<path d="M${-shift - step / 2} ${y}${crests.join('')}V${height}H${-step * 2}Z" fill="${ink(hue + i * 5, 52, 78 - i * 8)}"/>`
  })
  return ground(canvas, ink(hue - 20, 60, 90)) + moon + bands.join('')
}

/** Light from a corner. */
function rays(canvas: Canvas): string {
  const { width, height, next, hue } = canvas
  const [x, y] = [next() < 0.5 ? 0 : width, height]
  const reach = width + height
  const count = 22
  const beams = range(count).map((i) => {
    const [from, to] = [i, i + 1].map((k) => (Math.PI * k) / count)
    const point = (angle = 0) =>
      `${(x + Math.cos(angle) * reach).toFixed(1)} ${(y - Math.sin(angle) * reach).toFixed(1)}`
    return `<path d="M${x} ${y}L${point(from)}L${point(to)}Z" fill="${i % 2 ? ink(hue, 56, 62) : ink(hue + 22, 70, 76)}"/>`
  })
  const discs = range(4).map((i) =>
    circle(x, y, height * (0.62 - i * 0.13), i % 2 ? ink(hue + 22, 80, 82) : ink(hue + 190, 36, 32)),
  )
  return ground(canvas, ink(hue, 60, 50)) + beams.join('') + discs.join('')
}

/** Paths around something, with stars. */
function orbits(canvas: Canvas): string {
  const { width, height, next, hue } = canvas
  const stars = range(60).map(() => circle(next() * width, next() * height, 1 + next() * 3, ink(hue + 50, 60, 90)))
  const [x, y] = [width * (0.35 + next() * 0.3), height * (0.45 + next() * 0.2)]
  const rings = range(6).map((i) => {
    const r = height * (0.16 + i * 0.11)
    const angle = next() * 2 * Math.PI
    const ring = `<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke="${ink(hue + i * 14, 50, 62)}" stroke-width="3" stroke-opacity=".7"/>`
    return (
      ring + circle(x + Math.cos(angle) * r, y + Math.sin(angle) * r, 10 + next() * 22, ink(hue + 40 + i * 18, 74, 68))
    )
  })
  return (
    ground(canvas, ink(hue, 46, 15)) +
    stars.join('') +
    circle(x, y, height * 0.09, ink(hue + 45, 92, 76)) +
    rings.join('')
  )
}

/** Cut-out leaves. */
function leaves(canvas: Canvas): string {
  const { width, height, next, hue } = canvas
  const cut = range(26).map((i) => {
    const [x, y] = [
      ((i % 7) + 0.5 + (next() - 0.5) * 0.6) * (width / 7),
      (Math.floor(i / 7) + 0.5 + (next() - 0.5) * 0.5) * (height / 4),
    ]
    const length = height * (0.12 + next() * 0.1)
    const fill = ink(hue + ([0, 24, 150, 176][i % 4] ?? 0), 46 + next() * 22, 38 + next() * 34)
    const leaf = `M0 ${-length}Q${length * 0.72} 0 0 ${length}Q${-length * 0.72} 0 0 ${-length}Z`
    return `<path d="${leaf}" fill="${fill}" transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${Math.round(next() * 180)})"/>`
  })
  return ground(canvas, ink(hue + 40, 52, 90)) + cut.join('')
}
