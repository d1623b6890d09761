import { isDeepStrictEqual } from 'node:util'
import { eventCollection } from '../atproto/collections.ts'
import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import { tidTime } from '../base/tid.ts'
import { toSqlJson } from '../db/sql-json.ts'
import { type EventDetails, type EventUri, eventModes, eventStatuses } from './event.ts'
import { readLocation, writeLocation } from './location-record.ts'
import { findPicture, replacePicture } from './media-record.ts'
import { readTime, toTimezone } from './read-time.ts'

/** Our own extension: the record's start is a date, written as the instant the day begins. */
const allDayKey = 'net.openmeet.allDay'

/**
 * What a record of community.lexicon.calendar.event says, whatever it contains: a bad field costs that field, and is
 * named by a flag (`startsAt.unreadable`). Most records of the network fail the lexicon.
 */
export function readEventRecord(
  record: JsonObject,
  rkey: string,
): { details: EventDetails; createdAt: Date; flags: string[] } {
  const timezone = toTimezone(record['timezone'])
  const times = readTimes(record, timezone)
  const places = (Array.isArray(record['locations']) ? record['locations'] : []).map(readLocation)
  const name = typeof record['name'] === 'string' ? record['name'].trim() : ''
  const created = readTime(record['createdAt'], 'createdAt', null)
  const flags = [
    ...(name === '' ? ['name.missing'] : []),
    ...(record['timezone'] !== undefined && timezone === null ? ['timezone.unknown'] : []),
    ...times.flags,
    ...places.flatMap((place) => place.flags),
  ]
  const details: EventDetails = {
    name,
    description: typeof record['description'] === 'string' ? record['description'] : '',
    facets: Array.isArray(record['facets']) && record['facets'].length > 0 ? record['facets'] : null,
    ...times.details,
    timezone,
    mode: readMode(record['mode']),
    status: readToken(record['status'], eventStatuses) ?? 'scheduled',
    locations: places.map(({ location }) => location),
    uris: listOf(record['uris']).flatMap((entry) => readUri(entry) ?? []),
    picture: findPicture(record['media'])?.picture ?? null,
    rsvpExpected: record['rsvpExpected'] !== false,
    externalRsvpUrl: readExternalRsvp(record),
    parentUri: readParent(record),
    showInDiscovery: !isQuiet(record['preferences']),
  }
  return { details, createdAt: created.at ?? tidTime(rkey) ?? new Date(0), flags: [...new Set(flags)] }
}

export type EventRecordContext = {
  /** The last known record: what nobody changed of it stays byte for byte. Empty for a first publish. */
  base: JsonObject
  createdAt: Date
  /** Of the event's page: named in records that begin here. */
  url: string
}

/**
 * The record that says what `details` say: `base`, with those fields written anew that read differently. Everything we do
 * not understand stays, in its place; nothing is null.
 */
export function writeEventRecord(details: EventDetails, { base, createdAt, url }: EventRecordContext): JsonObject {
  const was = readEventRecord(base, '').details
  const isNew = Object.keys(base).length === 0
  const isChanged = (...fields: (keyof EventDetails)[]) =>
    isNew || fields.some((field) => !isSameValue(details[field], was[field]))
  const record: JsonObject = { ...base, $type: eventCollection }
  const set = (key: string, value: Json | undefined) => {
    if (value === undefined) delete record[key]
    else record[key] = value
  }
  if (typeof base['createdAt'] !== 'string') set('createdAt', createdAt.toISOString())
  if (isChanged('name')) set('name', details.name)
  if (isChanged('description')) set('description', details.description || undefined)
  if (isChanged('description', 'facets')) set('facets', details.facets ?? undefined)
  if (isChanged('timezone')) set('timezone', details.timezone ?? undefined)
  writeTimes(record, details)
  if (isChanged('mode')) set('mode', toToken(details.mode, eventModes))
  if (isChanged('status')) set('status', toToken(details.status, eventStatuses))
  if (isChanged('locations')) set('locations', writeLocations(details, base))
  set('uris', writeUris(details, { base, isNew, url }))
  if (isChanged('picture')) set('media', orUndefined(replacePicture(base['media'], details.picture)))
  if (isChanged('rsvpExpected')) set('rsvpExpected', details.rsvpExpected ? undefined : false)
  if (isChanged('showInDiscovery')) set('preferences', writePreferences(details, base))
  if (isNew) set('createdWith', new URL(url).origin)
  return record
}

function readTimes(record: JsonObject, timezone: string | null) {
  const start = readTime(record['startsAt'], 'startsAt', timezone)
  const end = readTime(record['endsAt'], 'endsAt', timezone)
  const isReversed = start.at !== null && end.at !== null && end.at < start.at
  const allDay = start.allDay || (start.at !== null && record[allDayKey] === true)
  return {
    details: { startsAt: start.at, endsAt: isReversed ? null : end.at, allDay },
    flags: [...start.flags, ...end.flags, ...(isReversed ? ['endsAt.before-start'] : [])],
  }
}

/** One after the other: what a time says may depend on the zone, and whether an end counts on the start. */
function writeTimes(record: JsonObject, { startsAt, endsAt, allDay }: EventDetails): void {
  const read = () => readTimes(record, toTimezone(record['timezone']))
  const set = (key: string, value: Json | undefined) => {
    if (value === undefined) delete record[key]
    else record[key] = value
  }
  const before = read().details
  const hasMoved = !isSameValue([startsAt, allDay], [before.startsAt, before.allDay])
  if (hasMoved) {
    set('startsAt', startsAt?.toISOString())
    set(allDayKey, allDay || undefined)
  }
  const { details, flags } = read()
  const isLeftBehind = hasMoved && flags.includes('endsAt.before-start')
  if (isLeftBehind || !isSameValue(endsAt, details.endsAt)) set('endsAt', endsAt?.toISOString())
}

function readMode(value: Json | undefined): EventDetails['mode'] {
  const token = readToken(value, eventModes)
  return token?.toLowerCase() === 'online' ? 'virtual' : token
}

/** The tail of a token after `#`, in the words we know where it is one of them, else as it is. */
function readToken(value: Json | undefined, known: readonly string[]): string | null {
  if (typeof value !== 'string') return null
  const tail = value.slice(value.lastIndexOf('#') + 1).trim()
  return known.find((word) => word === tail.toLowerCase()) ?? (tail === '' ? null : tail)
}

function toToken(word: string | null, known: readonly string[]): string | undefined {
  if (word === null) return undefined
  return known.includes(word) ? `${eventCollection}#${word}` : word
}

function readUri(entry: Json): EventUri | undefined {
  if (typeof entry === 'string') return entry === '' ? undefined : { uri: entry }
  if (!isJsonObject(entry) || typeof entry['uri'] !== 'string' || entry['uri'] === '') return undefined
  const { uri, name } = entry
  return { uri, ...(typeof name === 'string' && name !== '' && { name }) }
}

function readExternalRsvp({ additionalData, uris }: JsonObject): string | null {
  const source = isJsonObject(additionalData) ? additionalData['externalSource'] : undefined
  if (!isJsonObject(source) || source['rsvpMode'] !== 'external_only') return null
  const urls = [source['url'] ?? '', ...listOf(uris).map((entry) => readUri(entry)?.uri ?? '')]
  return urls.find((url): url is string => typeof url === 'string' && /^https?:\/\//i.test(url)) ?? null
}

function readParent({ additionalData }: JsonObject): string | null {
  const parent = isJsonObject(additionalData) ? additionalData['parentEvent'] : undefined
  const uri = isJsonObject(parent) ? parent['uri'] : parent
  return typeof uri === 'string' && uri !== '' ? uri : null
}

function isQuiet(preferences: Json | undefined): boolean {
  return isJsonObject(preferences) && (preferences['showInDiscovery'] === false || preferences['showInDiscovery'] === 0)
}

/** Places that were there stay as they were written; the list is the person's. */
function writeLocations({ locations }: EventDetails, base: JsonObject): Json | undefined {
  const before = listOf(base['locations']).map((entry) => ({ entry, read: readLocation(entry).location }))
  const entries = locations.flatMap((location): Json[] => {
    const kept = before.find(({ read }) => isSameValue(read, location))
    const written = kept?.entry ?? writeLocation(location)
    return written === undefined ? [] : [written]
  })
  return orUndefined(entries)
}

/** Our page is named in records that we began; elsewhere nobody asked for it. */
function writeUris(
  { uris }: EventDetails,
  { base, isNew, url }: { base: JsonObject; isNew: boolean; url: string },
): Json | undefined {
  const before = listOf(base['uris'])
  const isOurs = (entry: Json) => readUri(entry)?.uri === url
  const wanted = uris.filter(({ uri }) => uri !== url)
  const theirs = before.filter((entry) => !isOurs(entry))
  const isSame = isSameValue(
    wanted,
    theirs.flatMap((entry) => readUri(entry) ?? []),
  )
  if (isSame && !isNew) return base['uris']
  const kept = wanted.map((uri): Json => theirs.find((entry) => isSameValue(readUri(entry), uri)) ?? { ...uri })
  const page = before.find(isOurs) ?? (isNew ? { uri: url, name: 'Event page' } : undefined)
  return orUndefined(page === undefined ? kept : [page, ...kept])
}

function writePreferences({ showInDiscovery }: EventDetails, base: JsonObject): Json | undefined {
  const before = isJsonObject(base['preferences']) ? base['preferences'] : {}
  const { showInDiscovery: wasShown, ...rest } = before
  // Being shown is what a record without preferences means.
  if (showInDiscovery && wasShown === undefined) return base['preferences']
  return { ...rest, showInDiscovery }
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function orUndefined(entries: Json[]): Json | undefined {
  return entries.length === 0 ? undefined : entries
}

/** As the database gives it back: key order is nothing, and NUL and lone surrogates are not kept. */
function isSameValue(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(stored(a), stored(b))
}

function stored(value: unknown): unknown {
  return value === null || value === undefined ? null : JSON.parse(toSqlJson(value))
}
