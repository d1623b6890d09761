import fc from 'fast-check'
import { eventCollection } from '../src/atproto/collections.ts'
import type { Json, JsonObject } from '../src/base/json.ts'
import type { EventDetails, Location } from '../src/events/event.ts'

const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) as fc.Arbitrary<Json>
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/)
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', ' padded ', 'a\0b', '\uD800 half', '</script>', 'line\r\nline', '日本語 👩‍👩‍👧'),
)
const instant = fc.date({ min: new Date('1971-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kolkata', 'Pacific/Apia', 'Nowhere/Land')

/** Times as they are on the network: offsets, none, days, and what is no time at all. */
const timeText = fc.oneof(
  instant.map((at) => at.toISOString()),
  instant.map((at) => at.toISOString().replace('Z', '+05:30')),
  instant.map((at) => at.toISOString().slice(0, 19)),
  instant.map((at) => at.toISOString().slice(0, 10)),
  fc.constantFrom('tomorrow', '2026-02-30T10:00:00Z', '2026-03-29T02:30:00', '0000-01-01', '9999-12-31T00:00:00Z', ''),
)
const cid = fc.stringMatching(/^bafkrei[a-z2-7]{52}$/)

const location: fc.Arbitrary<Json> = fc.oneof(
  fc.record(
    {
      $type: fc.constantFrom('community.lexicon.location.address', 'x.y.z'),
      ...{
        name: anyText,
        street: anyText,
        locality: anyText,
        country: fc.constantFrom('DE', 'ZZ', 'Nederland'),
        more: anyJson,
      },
    },
    { requiredKeys: [] },
  ),
  fc.record({
    $type: fc.constant('community.lexicon.location.geo'),
    latitude: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }).map(String), fc.constantFrom('999', 'north', '')),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }).map(String),
  }),
  fc.record({
    $type: fc.constant('community.lexicon.location.hthree'),
    value: fc.constantFrom('8a2a1072b59ffff', 'x'),
  }),
  fc.record({ $type: fc.constant('community.lexicon.calendar.event#uri'), uri: fc.webUrl() }),
  anyJson,
)

const picture = fc.record({
  role: fc.constantFrom('thumbnail', 'header', 'other'),
  content: fc.record({
    $type: fc.constant('blob'),
    ref: fc.record({ $link: cid }),
    mimeType: fc.constantFrom('image/png', 'video/mp4'),
    size: fc.nat(),
  }),
  alt: anyText,
})

const tokens = (...words: string[]) =>
  fc.oneof(...[fc.constantFrom(...words.map((one) => `${eventCollection}#${one}`), ...words), word])

const known = {
  name: anyText,
  description: anyText,
  facets: fc.array(anyJson, { maxLength: 2 }),
  startsAt: timeText,
  endsAt: timeText,
  timezone: fc.oneof(zone, anyText),
  mode: tokens('virtual', 'inperson', 'hybrid', 'online'),
  status: tokens('planned', 'scheduled', 'cancelled'),
  locations: fc.array(location, { maxLength: 4 }),
  uris: fc.array(fc.oneof(fc.record({ uri: fc.webUrl(), name: anyText }, { requiredKeys: ['uri'] }), anyJson), {
    maxLength: 4,
  }),
  media: fc.array(fc.oneof(picture, anyJson), { maxLength: 3 }),
  rsvpExpected: fc.boolean(),
  preferences: fc.record({ showInDiscovery: fc.constantFrom(true, false, 0, 1), other: anyJson }, { requiredKeys: [] }),
  additionalData: fc.record({ parentEvent: anyJson, externalSource: anyJson }, { requiredKeys: [] }),
  'net.openmeet.allDay': fc.boolean(),
  createdWith: anyJson,
}

const anything = Object.fromEntries(Object.entries(known).map(([key, good]) => [key, fc.oneof(good, good, anyJson)]))

/** Records of events as other apps write them, and worse: every field may be missing, or be anything; unknown ones come along. */
export const anyEventRecord: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.record(anything, { requiredKeys: [] }),
    fc.dictionary(
      fc.oneof(
        word.map((text) => `net.example.${text}`),
        fc.constantFrom('__proto__', 'constructor'),
      ),
      anyJson,
      { maxKeys: 3 },
    ),
    instant,
    fc.boolean(),
  )
  .map(([fields, unknown, createdAt, first]) => {
    const head = { $type: eventCollection, createdAt: createdAt.toISOString() }
    const parts = first ? [head, unknown, fields] : [fields, unknown, head]
    // As it comes from the wire: own keys only, whatever they are called.
    return JSON.parse(`{${parts.flatMap((part) => JSON.stringify(part).slice(1, -1) || []).join(',')}}`) as JsonObject
  })

const plainText = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.trim())
const name = plainText.filter((text) => text !== '')

const typedLocation: fc.Arbitrary<Location> = fc.oneof(
  fc.record({ kind: fc.constant('address' as const), name, locality: name, country: fc.constantFrom('DE', 'NL') }),
  fc.record({
    kind: fc.constant('geo' as const),
    latitude: fc.double({ min: -90, max: 90, noNaN: true }).map((n) => n + 0),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }).map((n) => n + 0),
  }),
  fc.record({ kind: fc.constant('fsq' as const), name, fsqPlaceId: word }),
  fc.record({ kind: fc.constant('uri' as const), uri: fc.webUrl() }),
)

/** What a person may have said of an event here, of all that a record can carry. */
export const anyEventDetails: fc.Arbitrary<EventDetails> = fc
  .record({
    name,
    description: fc.string({ unit: 'grapheme', maxLength: 60 }),
    startsAt: fc.option(instant),
    minutes: fc.option(fc.nat({ max: 100_000 })),
    allDay: fc.boolean(),
    timezone: fc.option(fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC')),
    mode: fc.option(
      fc.oneof(
        fc.constantFrom('inperson', 'virtual', 'hybrid'),
        word.filter((text) => text !== 'online'),
      ),
    ),
    status: fc.constantFrom('planned', 'scheduled', 'postponed', 'cancelled', 'sold-out'),
    locations: fc.array(typedLocation, { maxLength: 3 }),
    uris: fc.array(fc.record({ uri: fc.webUrl(), name }, { requiredKeys: ['uri'] }), { maxLength: 3 }),
    picture: fc.option(
      fc.record({
        cid,
        mimeType: fc.constant('image/webp'),
        size: fc.nat(),
        alt: plainText,
        width: fc.constant(9),
        height: fc.constant(7),
      }),
    ),
    rsvpExpected: fc.boolean(),
    showInDiscovery: fc.boolean(),
  })
  .map(({ minutes, startsAt, allDay, ...rest }) => ({
    ...rest,
    facets: null,
    startsAt,
    endsAt: startsAt && minutes !== null ? new Date(startsAt.getTime() + minutes * 60_000) : null,
    allDay: startsAt !== null && allDay,
    externalRsvpUrl: null,
    parentUri: null,
  }))
