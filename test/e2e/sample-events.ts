import type { BlueskyView } from '../../src/web/view/bluesky-view.ts'
import { toCover } from '../../src/web/view/cover.ts'
import type { AnswerView, EventCardView, EventPageView } from '../../src/web/view/event-view.ts'
import { hueOf } from '../../src/web/view/hue.ts'
import { crowd, jules, rosa } from './sample-people.ts'

/** Thursday, late afternoon in Berlin. */
export const now = new Date('2026-12-03T16:20:00Z')
const hour = 3_600_000
const day = 24 * hour
export const at = (days: number, hours: number) => new Date(Date.UTC(2026, 11, 3) + days * day + hours * hour)

const photo = (cid: string, alt: string) => ({
  cid,
  alt,
  mimeType: 'image/webp',
  size: 90_000,
  width: 1200,
  height: 1200,
})

function sampleCard(name: string, change: Partial<EventCardView> = {}): EventCardView {
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return {
    slug,
    path: `/events/${slug}`,
    name,
    when: { startsAt: at(7, 17.5), endsAt: at(7, 20.5), allDay: false, timezone: 'Europe/Berlin' },
    mode: 'inperson',
    status: 'scheduled',
    place: 'c-base space station, Berlin',
    cover: toCover({ slug, picture: null }, null, 'card'),
    hue: hueOf(slug),
    host: jules,
    going: 12,
    source: 'here',
    visibility: 'public',
    isDraft: false,
    mine: null,
    bluesky: null,
    ...change,
  }
}

export const blueskyOn: BlueskyView = {
  state: 'on',
  localReason: null,
  uri: 'at://did:plc:6f2jkx5bhqz4m7nd3c2wqk4a/community.lexicon.calendar.event/3m2k7qz4yxk2a',
  recordPath: '/at/did:plc:6f2jkx5bhqz4m7nd3c2wqk4a/community.lexicon.calendar.event/3m2k7qz4yxk2a',
  lastSyncedAt: new Date(now.getTime() - 130_000),
  lastError: null,
  attempts: 0,
  nextAttemptAt: null,
  waitingSince: null,
  pause: null,
  answers: { synced: 65, total: 65 },
  verified: 'commit',
  flags: [],
  createdWith: null,
}

export const openAnswer: AnswerView = {
  state: 'open',
  externalUrl: null,
  mine: null,
  counts: { going: 48, interested: 17, notgoing: 3, waitlisted: 0, pending: 0 },
  faces: crowd,
  capacity: null,
  left: null,
  hasWaitlist: false,
  needsApproval: false,
  question: null,
  deadline: null,
  willPublish: true,
}

const description = `An open evening for people who build things on the AT Protocol — clients, feeds, labelers, **calendars**. Two short talks, then tables. Newcomers are welcome, no account needed.

- @jules.harbour.example: calendars without a platform
- Lightning round: show what you shipped this month
- Pizza from 20:00 (veggie and vegan too)

## Getting there

The door is at the courtyard, second stair. Write to [the mailing list](https://lists.example.org) or look at https://c-base.example/plan if you get lost.

> Bring a laptop if you like, but nobody needs one.`

const mention = Buffer.from(description).indexOf('@jules.harbour.example')

export function sampleEvent(change: Partial<EventPageView> = {}): EventPageView {
  return {
    id: 12,
    slug: 'atmosphere-berlin',
    path: '/events/atmosphere-berlin',
    name: 'Atmosphere Berlin: building on the AT Protocol',
    description,
    facets: [
      {
        index: { byteStart: mention, byteEnd: mention + 22 },
        features: [{ $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:jules' }],
      },
    ],
    when: { startsAt: at(7, 17.5), endsAt: at(7, 20.5), allDay: false, timezone: 'Europe/Berlin' },
    mode: 'inperson',
    status: 'scheduled',
    previousStartsAt: null,
    locations: [
      {
        kind: 'address',
        name: 'c-base space station',
        street: 'Rungestraße 20',
        postalCode: '10179',
        locality: 'Berlin',
        country: 'DE',
      },
    ],
    uris: [],
    cover: { kind: 'art', seed: 1207 },
    hue: 10,
    host: jules,
    isHostListed: true,
    source: 'here',
    visibility: 'public',
    isDraft: false,
    hiddenReason: null,
    flags: [],
    parent: null,
    answer: openAnswer,
    bluesky: blueskyOn,
    canManage: false,
    approvalsWaiting: 0,
    ...change,
  }
}

export const photoCover = toCover(
  { slug: 'x', picture: photo('bafyphoto', 'Lanterns over a quay at dusk, people sitting on the wall') },
  'did:plc:ana',
  'cover',
)

export const cards: EventCardView[] = [
  sampleCard('Sunrise swim and coffee', {
    when: { startsAt: at(1, 6.5), endsAt: at(1, 8), allDay: false, timezone: 'Europe/Berlin' },
    place: 'Lido Pankow, Berlin',
    cover: photoCover,
    going: 9,
  }),
  sampleCard('Repair café', {
    when: { startsAt: at(2, 13), endsAt: at(2, 17), allDay: false, timezone: 'Europe/Berlin' },
    place: 'Stadtwerkstatt, Potsdam',
    going: 31,
    mine: { status: 'going', place: 'confirmed', guests: 0, answer: null, waitlistPosition: null },
  }),
  sampleCard('Lexicon office hours', {
    when: { startsAt: at(4, 18), endsAt: at(4, 19), allDay: false, timezone: 'America/New_York' },
    mode: 'virtual',
    place: null,
    host: rosa,
    source: 'network',
    going: 4,
  }),
  sampleCard('Board games at the harbour', {
    when: { startsAt: at(5, 18), endsAt: null, allDay: false, timezone: 'Europe/Berlin' },
    place: 'Hafenküche',
    going: 6,
  }),
  sampleCard('Choir: open rehearsal, everybody sings', {
    when: { startsAt: at(6, 18), endsAt: at(6, 20), allDay: false, timezone: 'Europe/Berlin' },
    place: 'Kulturkirche',
    going: 22,
  }),
  sampleCard('Poems in translation', {
    when: { startsAt: at(6, 19), endsAt: at(6, 21), allDay: false, timezone: 'Europe/Berlin' },
    place: 'Buchhandlung am Fluss, Berlin',
    going: 14,
    status: 'postponed',
  }),
  sampleCard('Atmosphere Berlin: building on the AT Protocol', { going: 48 }),
  sampleCard(
    'A very long name of an event that somebody in another application wrote without ever thinking of how it would look in a list, and then went on',
    {
      when: { startsAt: at(9, 10), endsAt: at(11, 16), allDay: false, timezone: null },
      host: rosa,
      source: 'network',
      going: 0,
      place: null,
    },
  ),
  sampleCard('Winter market', {
    when: { startsAt: at(9, 0), endsAt: null, allDay: true, timezone: null },
    going: 210,
    cover: photoCover,
    place: 'Old town',
  }),
  sampleCard('Knitting, slowly', {
    when: { startsAt: at(40, 17), endsAt: at(40, 19), allDay: false, timezone: 'Europe/Berlin' },
    going: 3,
    status: 'cancelled',
  }),
]

export const liveCards: EventCardView[] = [
  sampleCard('Hack afternoon: the calendar lexicon', {
    when: { startsAt: at(0, 13), endsAt: at(0, 19), allDay: false, timezone: 'Europe/Berlin' },
    going: 17,
    place: 'Space 28, Hamburg',
  }),
  sampleCard('Listening session', {
    when: { startsAt: at(0, 16), endsAt: at(0, 18), allDay: false, timezone: 'Europe/London' },
    mode: 'virtual',
    host: rosa,
    source: 'network',
    going: 5,
  }),
]
