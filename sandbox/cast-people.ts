import type { Portrait } from './portrait-art.ts'
import type { Poster } from './poster-art.ts'

export type Person = { handle: string; name: string; bio: string; portrait: Portrait; banner?: Poster }

const person = (handle: string, name: string, bio: string, rest: Pick<Person, 'portrait' | 'banner'>): Person => ({
  handle,
  name,
  bio,
  ...rest,
})

/** Who lives in Alder Falls, and two friends of theirs who do not. */
export const people: readonly Person[] = [
  person('maya.test', 'Maya Okafor', 'Nurse on the night shift, runner on the river path. Tuesdays are for hills.', {
    portrait: { skin: '#8d5a3b', hair: 'bun', hairColour: '#2b1a14', shirt: 12 },
    banner: { style: 'dusk', hue: 350 },
  }),
  person(
    'tomas.test',
    'Tomás Rivera',
    'I run the workbench at the Alder Falls library. Ask me about the laser cutter, or about bees.',
    {
      portrait: { skin: '#c68e63', hair: 'short', hairColour: '#1c1a1d', shirt: 205 },
      banner: { style: 'tiles', hue: 200 },
    },
  ),
  person(
    'june.test',
    'June Halloran',
    'Lantern Books, 14 Mill Street. Two cats, one till, far too many first editions.',
    {
      portrait: { skin: '#f1c9a5', hair: 'bob', hairColour: '#a4452f', shirt: 160 },
      banner: { style: 'leaves', hue: 20 },
    },
  ),
  person(
    'ezra.test',
    'Ezra Levine',
    'Drums, mostly with brushes. Lessons for patient people and their patient neighbours.',
    {
      portrait: { skin: '#e8bd97', hair: 'curls', hairColour: '#6a4527', shirt: 265 },
    },
  ),
  person(
    'priya.test',
    'Priya Raman',
    'Writes maps for a living from Bengaluru. Grew up in Alder Falls, still turns up, mostly on a screen.',
    {
      portrait: { skin: '#b5763f', hair: 'long', hairColour: '#17131a', shirt: 330 },
      banner: { style: 'waves', hue: 190 },
    },
  ),
  person(
    'wren.test',
    'Wren Castellanos',
    'Counts birds so that you do not have to. 214 species in the county and one very loud wren.',
    {
      portrait: { skin: '#d9a676', hair: 'cap', hairColour: '#2f5d50', shirt: 96 },
      banner: { style: 'leaves', hue: 120 },
    },
  ),
  person('otto.test', 'Otto Lindqvist', 'Baker at the corner of Mill and Third. Rye before sunrise.', {
    portrait: { skin: '#ffdcc0', hair: 'bald', hairColour: '#cdb58f', shirt: 35 },
  }),
  person('noor.test', 'Noor Haddad', 'Clay, glazes, and a kiln that has its own opinions. Open studio on Thursdays.', {
    portrait: { skin: '#cf9a6b', hair: 'bob', hairColour: '#221a1f', shirt: 20 },
    banner: { style: 'dusk', hue: 10 },
  }),
  person('sam.test', 'Sam Whitfield', 'Teaches physics by day and points a 10-inch Dobsonian at Saturn by night.', {
    portrait: { skin: '#6b4330', hair: 'short', hairColour: '#161214', shirt: 225 },
    banner: { style: 'orbits', hue: 230 },
  }),
  person('beatriz.test', 'Beatriz Moura', 'Lisboa. Sopas, fado, and a pen friend in Alder Falls since 1998.', {
    portrait: { skin: '#e3b189', hair: 'long', hairColour: '#4a2f1b', shirt: 350 },
  }),
  person('hank.test', 'Hank Delaney', 'Forty years on the railway. Now I mend toasters.', {
    portrait: { skin: '#f3cfae', hair: 'cap', hairColour: '#3f4a5a', shirt: 215 },
  }),
  person(
    'lila.test',
    'Lila Park',
    'Projectionist. The film club has a popcorn machine and strong views on subtitles.',
    {
      portrait: { skin: '#efc49c', hair: 'bun', hairColour: '#1a1718', shirt: 285 },
      banner: { style: 'rays', hue: 300 },
    },
  ),
]
