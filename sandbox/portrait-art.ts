import { randomFrom } from './random-from.ts'

type Hair = 'short' | 'bun' | 'long' | 'curls' | 'cap' | 'bald' | 'bob'
export type Portrait = { skin: string; hair: Hair; hairColour: string; shirt: number }

const size = 400

/** A flat portrait without features, as people draw for a profile. SVG. */
export function portraitArt(seed: string, { skin, hair, hairColour, shirt }: Portrait): string {
  const next = randomFrom(seed)
  const backdrop = (shirt + 130 + Math.round(next() * 80)) % 360
  const { behind, above } = hairShapes[hair]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 400 400">
<rect width="400" height="400" fill="hsl(${backdrop},46%,80%)"/>
<circle cx="${90 + Math.round(next() * 220)}" cy="${80 + Math.round(next() * 60)}" r="${60 + Math.round(next() * 60)}" fill="hsl(${(backdrop + 30) % 360},58%,88%)"/>
<g fill="${hairColour}">${behind}</g>
<path d="M40 400c0-84 66-128 160-128s160 44 160 128z" fill="hsl(${shirt},44%,44%)"/>
<path d="M160 230h80v58a40 32 0 0 1-80 0z" fill="${skin}"/>
<path d="M160 252c22 22 58 22 80 0v16c-22 22-58 22-80 0z" fill="#000" fill-opacity=".12"/>
<ellipse cx="200" cy="176" rx="74" ry="88" fill="${skin}"/>
<g fill="${hairColour}">${above}</g>
<path d="M176 212q24 20 48 0" fill="none" stroke="#000" stroke-opacity=".45" stroke-width="6" stroke-linecap="round"/>
</svg>`
}

const fringe = '<path d="M124 172c-8-72 32-108 78-108s84 36 74 108c-16-34-34-50-60-54-40-6-76 14-92 54z"/>'

const hairShapes: Record<Hair, { behind: string; above: string }> = {
  short: { behind: '', above: fringe },
  bun: { behind: '<circle cx="200" cy="58" r="42"/>', above: fringe },
  long: { behind: '<path d="M104 330c-10-90-8-150 6-190a92 92 0 0 1 180 0c14 40 16 100 6 190z"/>', above: fringe },
  bob: { behind: '<path d="M110 262c-12-60-8-110 6-140a88 88 0 0 1 168 0c14 30 18 80 6 140z"/>', above: fringe },
  curls: {
    behind: curls([150, 96, 46], [250, 96, 46], [200, 76, 52], [118, 150, 36], [282, 150, 36]),
    above: curls([150, 104, 34], [196, 92, 36], [244, 104, 34]),
  },
  cap: {
    behind: '',
    above: '<path d="M122 146c0-56 36-84 78-84s78 28 78 84z"/><path d="M252 132h78q10 16-8 16h-76z"/>',
  },
  bald: { behind: '', above: '<path d="M128 196c4 60 34 82 72 82s68-22 72-82c-10 34-30 44-72 44s-62-10-72-44z"/>' },
}

function curls(...circles: [number, number, number][]): string {
  return circles.map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}"/>`).join('')
}
