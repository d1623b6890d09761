import type { JsonObject } from '../src/base/json.ts'
import type { Poster } from './poster-art.ts'

export type CastEvent = {
  by: string
  name: string
  description: string
  /** Days from today, in its zone; for a series, of the first one that is not in the past. */
  day: number
  /** On the clock of its zone. */
  time: string
  minutes?: number
  zone?: string
  mode?: 'inperson' | 'virtual' | 'hybrid'
  status?: 'planned' | 'scheduled' | 'rescheduled' | 'cancelled' | 'postponed'
  locations?: JsonObject[]
  uris?: JsonObject[]
  poster?: Poster & { alt: string }
  more?: JsonObject
}

/** The same thing every week, as an app writes it that knows no series: an event each. */
export type CastSeries = Omit<CastEvent, 'day'> & {
  /** 0 is Sunday. */
  weekday: number
  /** Counted from the coming one. */
  firstWeek: number
  lastWeek: number
  /** Whether each names the first in `recurringEventOf`. */
  hasHint: boolean
}

/** The zone of Alder Falls. */
export const homeZone = 'America/New_York'

const address = (name: string, street: string): JsonObject => ({
  $type: 'community.lexicon.location.address',
  name,
  street,
  locality: 'Alder Falls',
  region: 'NY',
  postalCode: '12404',
  country: 'US',
})
const geo = (name: string, latitude: string, longitude: string): JsonObject => ({
  $type: 'community.lexicon.location.geo',
  name,
  latitude,
  longitude,
})
const online = (uri: string, name: string): JsonObject => ({ $type: 'community.lexicon.calendar.event#uri', uri, name })

const library = address('Alder Falls Library', '2 Library Lane')
const bookshop = address('Lantern Books', '14 Mill Street')
const mill = address('The Old Mill', '1 River Road')
const cinema = address('Orpheum', '31 Third Street')
const studio = address('Kiln House', '8 Tannery Yard')

export const events: readonly CastEvent[] = [
  {
    by: 'june.test',
    name: 'Reading: The Cartographer’s Daughters',
    description:
      'Ines Albarran reads from her new novel and answers everything but *how it ends*.\n\nWine and biscuits from eight. Please tell us whether you come: we have forty chairs.',
    day: 3,
    time: '19:00',
    locations: [bookshop],
    uris: [{ uri: 'https://lanternbooks.example/albarran', name: 'The book' }],
    poster: { style: 'leaves', hue: 18, alt: 'Paper cut leaves in rust and teal' },
    more: { rsvpExpected: true },
  },
  {
    by: 'tomas.test',
    name: 'Build a bat box',
    description:
      'Cedar, screws and drills are here. Bring gloves, and children from eight years on with a grown-up.\n\n- 10:00 cutting\n- 11:00 putting together\n- 12:30 hanging the first one behind the library',
    day: 2,
    time: '10:00',
    minutes: 180,
    locations: [library, geo('The yard behind', '41.9312', '-74.0147')],
    poster: { style: 'tiles', hue: 205, alt: 'A grid of quarter circles in blue and yellow' },
  },
  {
    by: 'ezra.test',
    name: 'Quiet Trio at the Old Mill',
    description: 'Piano, bass, brushes. Two sets, no amplifiers. Pay what you like.',
    day: 1,
    time: '20:30',
    minutes: 150,
    locations: [mill],
    poster: { style: 'waves', hue: 215, alt: 'Blue waves under a pale moon' },
  },
  {
    by: 'priya.test',
    name: 'Map night: drawing the river',
    description:
      'We put the river path, the benches and every missing footbridge into OpenStreetMap. I join from Bengaluru, so it is early for me and a normal evening for you.\n\nBring a laptop. No experience needed.',
    day: 5,
    time: '18:30',
    mode: 'hybrid',
    locations: [library],
    uris: [online('https://meet.example.org/map-night', 'Join online')],
    poster: { style: 'waves', hue: 160, alt: 'Green waves under a pale moon' },
  },
  {
    by: 'priya.test',
    name: 'Office hours: maps and what they leave out',
    description: 'Ask me anything about cartography. Morning in India, late evening at home.',
    day: 6,
    time: '07:30',
    minutes: 60,
    zone: 'Asia/Kolkata',
    mode: 'virtual',
    locations: [],
    uris: [online('https://meet.example.org/office-hours', 'Video room')],
  },
  {
    by: 'wren.test',
    name: 'Dawn chorus walk',
    description: 'An hour of listening. Meet at the footbridge, wear something warm, leave the dog at home this once.',
    day: 4,
    time: '06:45',
    minutes: 90,
    locations: [geo('Footbridge, north end', '41.9389', '-74.0098')],
    poster: { style: 'leaves', hue: 110, alt: 'Paper cut leaves in green and violet' },
  },
  {
    by: 'otto.test',
    name: 'Rye for beginners',
    description: 'You feed the starter, I do the worrying. Everybody goes home with a loaf and a jar.',
    day: 9,
    time: '14:00',
    minutes: 240,
    locations: [address('Lindqvist Bakery', '22 Mill Street')],
    poster: { style: 'rays', hue: 28, alt: 'Rays in wheat and amber' },
    more: { rsvpExpected: true },
  },
  {
    by: 'sam.test',
    name: 'Saturn from the school roof',
    description: 'Four telescopes, clear skies allowing. If it is cloudy we look at slides and drink cocoa.',
    day: 7,
    time: '21:00',
    minutes: 120,
    locations: [address('Alder Falls High School', '60 Hill Avenue')],
    poster: { style: 'orbits', hue: 232, alt: 'Planets on their orbits around a bright star' },
  },
  {
    by: 'beatriz.test',
    name: 'Cozinhar juntos: caldo verde',
    description:
      'We cook together, each in their own kitchen. Shopping list: potatoes, kale, chouriço (or smoked tofu), olive oil.',
    day: 8,
    time: '19:30',
    zone: 'Europe/Lisbon',
    mode: 'virtual',
    uris: [online('https://meet.example.org/caldo-verde', 'Kitchen')],
    poster: { style: 'dusk', hue: 345, alt: 'A low sun over hills' },
  },
  {
    by: 'hank.test',
    name: 'Repair café',
    description:
      'Lamps, toasters, radios, zips. If it has a plug or a spring, bring it. Nothing leaves worse than it came.',
    day: 10,
    time: '13:00',
    minutes: 240,
    locations: [mill],
    poster: { style: 'tiles', hue: 30, alt: 'A grid of quarter circles in orange and slate' },
  },
  {
    by: 'lila.test',
    name: 'Film club: A Night at the Border',
    description: '1957, 94 minutes, black and white, with subtitles that we argued about. Doors at seven.',
    day: 6,
    time: '19:30',
    minutes: 130,
    locations: [cinema],
    poster: { style: 'rays', hue: 292, alt: 'Rays in lilac and rose' },
  },
  {
    by: 'june.test',
    name: 'Zine swap',
    description: 'Bring five, take five. A long-arm stapler will be provided.',
    day: 17,
    time: '15:00',
    locations: [bookshop],
    status: 'planned',
  },
  {
    by: 'ezra.test',
    name: 'Open rehearsal of the town band',
    description: 'Moved by a week because of the roof. Same tunes, dry trumpets.',
    day: 13,
    time: '18:00',
    locations: [mill],
    status: 'rescheduled',
  },
  {
    by: 'wren.test',
    name: 'Owl prowl',
    description: 'Called off: the valley road is closed. We try again next month.',
    day: 11,
    time: '20:00',
    locations: [geo('Valley road, second gate', '41.9550', '-74.0312')],
    status: 'cancelled',
  },
  {
    by: 'tomas.test',
    name: 'Harvest supper',
    description: 'One long table from the library to the bridge. Bring a dish and a chair.',
    day: -12,
    time: '17:00',
    minutes: 240,
    locations: [geo('Library Lane', '41.9309', '-74.0151')],
    poster: { style: 'dusk', hue: 8, alt: 'A low sun over hills' },
  },
  {
    by: 'lila.test',
    name: 'Film club: The Lighthouse Keeper’s Wife',
    description: 'With a talk about the restoration.',
    day: -22,
    time: '19:30',
    minutes: 140,
    locations: [cinema],
    poster: { style: 'waves', hue: 200, alt: 'Blue waves under a pale moon' },
  },
  {
    by: 'sam.test',
    name: 'How bridges stand: an evening walk',
    description: 'Four bridges, one notebook.',
    day: -5,
    time: '18:00',
    locations: [geo('Railway bridge', '41.9271', '-74.0203')],
  },
  {
    by: 'maya.test',
    name: 'River 10K',
    description: 'Flat, friendly, timed by Hank with a railway watch. Soup afterwards.',
    day: 24,
    time: '09:00',
    minutes: 180,
    locations: [geo('Start at the boathouse', '41.9340', '-74.0122')],
    poster: { style: 'rays', hue: 340, alt: 'Rays in coral and pink' },
    more: { rsvpExpected: true },
  },
]

export const series: readonly CastSeries[] = [
  {
    by: 'maya.test',
    name: 'Tuesday Night Hills',
    description: 'Six miles, one hill, as slowly as the slowest of us. Lights, please.',
    weekday: 2,
    firstWeek: -5,
    lastWeek: 4,
    time: '19:00',
    minutes: 75,
    locations: [geo('Boathouse', '41.9340', '-74.0122')],
    hasHint: true,
  },
  {
    by: 'noor.test',
    name: 'Open studio',
    description: 'Wheels, tables and glazes for anyone who wants to try. Clay is ten dollars a bag.',
    weekday: 4,
    firstWeek: -4,
    lastWeek: 3,
    time: '17:30',
    minutes: 150,
    locations: [studio],
    poster: { style: 'dusk', hue: 14, alt: 'A low sun over hills, like glazes on a bowl' },
    hasHint: false,
  },
]
