import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventCollection, isCalendarCollection, rsvpCollection } from '../src/atproto/collections.ts'
import type { JsonObject } from '../src/base/json.ts'
import { tidTime } from '../src/base/tid.ts'
import { readEventRecord, writeEventRecord } from '../src/events/event-record.ts'
import { toWallTime } from '../src/events/read-time.ts'
import { recordCid } from '../src/records/record-cid.ts'
import { readRsvpRecord, writeRsvpRecord } from '../src/rsvps/rsvp-record.ts'

type Expected = {
  outcome: string
  status?: string
  startsAt?: string | null
  displayDate_eventZone?: string
  locationText?: string
  country?: string
  createdAt?: string
  h3?: string
  geo?: [number, number] | null
  image?: null
  rsvp?: string
  sourceUrl?: string
  rkeyIsTid?: boolean
  preserveUnknown?: string[]
}
type Entry = { file: string; rkey: string | null; collection: string; cid?: string; expect: Expected; why: string }

const folder = join(import.meta.dirname, '../testkit/records')
const readJson = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const index = readJson('INDEX.json') as Entry[]
const readRecord = ({ file }: Entry) => readJson(file) as JsonObject
const context = { createdAt: new Date('2026-01-01T00:00:00Z'), url: 'https://openmeet.example/events/x' }

it('has every record in the index', () => {
  const files = readdirSync(folder).filter((file) => /^[a-z]\d\d-/.test(file))
  expect(index.map(({ file }) => file).toSorted()).toEqual(files.toSorted())
})

it.each(index.filter(({ cid }) => cid))('$file has the CID its PDS gave it', async (entry) => {
  expect(await recordCid(readRecord(entry))).toBe(entry.cid)
})

it.each(index.filter(({ expect: { outcome } }) => !outcome.startsWith('accept')))(
  '$file is of a collection that is not read',
  ({ collection }) => expect(isCalendarCollection(collection)).toBe(false),
)

const accepted = index.filter(({ expect: { outcome } }) => outcome.startsWith('accept'))
const events = accepted.filter(({ collection }) => collection === eventCollection)
const answers = accepted.filter(({ collection }) => collection === rsvpCollection)

describe.each(events)('$file: $why', (entry) => {
  const record = readRecord(entry)
  const { details, createdAt, flags } = readEventRecord(record, entry.rkey ?? '')
  const wanted = entry.expect

  it('is understood as far as it can be', () => {
    expect(details.name).toBe(record['name'])
    const places = details.locations.map(({ name }) => name)
    const facts: Record<string, unknown> = {
      startsAt: details.startsAt?.toISOString() ?? null,
      locationText: places[0],
      image: details.picture,
      sourceUrl: details.uris.find(({ uri }) => uri.startsWith('https:'))?.uri,
      rsvp: details.externalRsvpUrl === null ? undefined : 'external_only',
      h3: details.locations.find((place) => place.kind === 'hthree')?.value,
      geo: pointOf(details.locations.find((place) => place.kind === 'geo')),
    }
    const told = ['startsAt', 'locationText', 'image', 'sourceUrl', 'rsvp', 'h3', 'geo'].filter((key) => key in wanted)
    for (const key of told) expect([key, facts[key]]).toEqual([key, wanted[key as keyof Expected]])
    expect(flags).toEqual([...new Set(flags)])
  })

  it('says its time and place in its own words', () => {
    const zone = details.timezone ?? 'UTC'
    const wall = details.startsAt && `${toWallTime(details.startsAt, zone).replace('T', ' ')} ${zone}`
    expect(wanted.displayDate_eventZone ?? wall).toBe(wall)
    const [place] = details.locations
    const country = place?.kind === 'address' ? place.country : undefined
    expect(wanted.country?.split(' ')[0] ?? country).toBe(country)
    const { createdAt: text } = record
    const fallback = entry.rkey === null ? undefined : tidTime(entry.rkey)
    expect(createdAt).toEqual(typeof text === 'string' ? new Date(text) : (fallback ?? new Date(0)))
  })

  it('is written back as it was', () => {
    const written = writeEventRecord(details, { ...context, base: record })
    const required = { $type: eventCollection, createdAt: context.createdAt.toISOString() }
    const missing = Object.entries(required).filter(([key]) => !(key in record))
    const text = JSON.stringify({ ...record, ...Object.fromEntries(missing) })
    expect(sorted(JSON.parse(JSON.stringify(written)))).toBe(sorted(JSON.parse(text)))
    expect(missing.length > 0 || JSON.stringify(written) === JSON.stringify(record)).toBe(true)
  })

  it('keeps what we do not understand when its name changes', () => {
    const written = writeEventRecord({ ...details, name: 'Another' }, { ...context, base: record })
    const kept = Object.entries(record).filter(([key]) => key !== 'name')
    for (const [key, value] of kept) expect([key, JSON.stringify(written[key])]).toEqual([key, JSON.stringify(value)])
    expect(written['name']).toBe('Another')
  })
})

describe.each(answers)('$file: $why', (entry) => {
  const record = readRecord(entry)
  const { details } = readRsvpRecord(record, entry.rkey ?? '')
  const wanted = entry.expect

  it('is an answer to its event', () => {
    const { uri } = record['subject'] as { uri: string }
    expect(details?.subjectUri).toBe(uri)
    const status = wanted.status?.split(' ')[0] ?? 'going'
    // What is unknown is never counted as going.
    expect(details?.status).toBe(status === 'unknown' ? 'interested' : status)
    expect(entry.rkey === null || (tidTime(entry.rkey) !== undefined) === (wanted.rkeyIsTid ?? true)).toBe(true)
  })

  it('is written back as it was, but for what the lexicon asks of every answer', () => {
    const { subjectUri = '', subjectCid = null, status = 'going' } = details ?? {}
    const written = writeRsvpRecord({ subjectUri, subjectCid, status }, { base: record, createdAt: context.createdAt })
    const added = { $type: rsvpCollection, status: `${rsvpCollection}#${status}` }
    expect(written).toEqual({ ...added, createdAt: context.createdAt.toISOString(), ...record })
  })
})

function pointOf(place: { latitude: number; longitude: number } | undefined): [number, number] | null {
  return place ? [place.latitude, place.longitude] : null
}

function sorted(value: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b))))
}
