import { cellToLatLng, isValidCell } from 'h3-js'
import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import { unknownCountry } from './country-code.ts'
import type { Location } from './event.ts'

const types = {
  address: 'community.lexicon.location.address',
  geo: 'community.lexicon.location.geo',
  fsq: 'community.lexicon.location.fsq',
  hthree: 'community.lexicon.location.hthree',
  uri: 'community.lexicon.calendar.event#uri',
} as const

export type LocationReading = { location: Location; flags: string[] }

/** Any entry of `locations`: by its type, else by its shape. What is none of ours is kept with its name, if it has one. */
export function readLocation(entry: Json): LocationReading {
  if (typeof entry === 'string' && entry !== '')
    return { location: { kind: 'address', name: entry }, flags: ['locations.bare-text'] }
  if (!isJsonObject(entry)) return { location: { kind: 'unknown' }, flags: ['locations.unreadable'] }
  const type = typeof entry['$type'] === 'string' ? entry['$type'] : ''
  switch (kindOfType(type) ?? (type === '' ? kindOfShape(entry) : undefined)) {
    case 'address':
      return plain(readAddress(entry), type)
    case 'geo':
      return readGeo(entry, type)
    case 'fsq':
      return plain(
        { kind: 'fsq', ...named(entry), fsqPlaceId: text(entry['fsq_place_id']) ?? '', ...point(entry) },
        type,
      )
    case 'hthree':
      return readHthree(entry, type)
    case 'uri':
      return plain({ kind: 'uri', ...named(entry), uri: text(entry['uri']) ?? '' }, type)
    default:
      return {
        location: { kind: 'unknown', ...named(entry), ...(type !== '' && { type }) },
        flags: ['locations.type-unknown'],
      }
  }
}

/** The entry of a record that says the same; undefined for what we cannot write (it is only ever kept). */
export function writeLocation(location: Location): JsonObject | undefined {
  const { kind } = location
  switch (kind) {
    case 'address': {
      const { kind: _, ...fields } = location
      return { $type: types.address, ...fields, country: fields.country ?? unknownCountry }
    }
    case 'geo': {
      const { name, latitude, longitude, altitude } = location
      // Numbers in records are integers: the lexicon has them as text.
      const record: JsonObject = { $type: types.geo, latitude: String(latitude), longitude: String(longitude) }
      if (altitude !== undefined) record['altitude'] = String(altitude)
      return { ...record, ...nameOf(name) }
    }
    case 'fsq':
      return { $type: types.fsq, fsq_place_id: location.fsqPlaceId, ...nameOf(location.name) }
    case 'hthree':
      return { $type: types.hthree, value: location.value, ...nameOf(location.name) }
    case 'uri':
      return { $type: types.uri, uri: location.uri, ...nameOf(location.name) }
    default:
      return undefined
  }
}

const addressFields = ['name', 'street', 'locality', 'region', 'postalCode', 'country'] as const

function kindOfType(type: string): keyof typeof types | undefined {
  const kinds = Object.keys(types) as (keyof typeof types)[]
  if (type === 'community.lexicon.location#h3') return 'hthree'
  return kinds.find((kind) => types[kind] === type) ?? (type.endsWith('event#uri') ? 'uri' : undefined)
}

function kindOfShape(entry: JsonObject): keyof typeof types | undefined {
  if ('latitude' in entry && 'longitude' in entry) return 'geo'
  if ('fsq_place_id' in entry) return 'fsq'
  if (typeof entry['value'] === 'string' && isValidCell(entry['value'])) return 'hthree'
  if (typeof entry['uri'] === 'string') return 'uri'
  return addressFields.some((field) => typeof entry[field] === 'string') ? 'address' : undefined
}

function readAddress(entry: JsonObject): Location {
  const { country, ...fields } = texts(entry, addressFields)
  return { kind: 'address', ...fields, ...(country !== undefined && country !== unknownCountry && { country }) }
}

function readGeo(entry: JsonObject, type: string): LocationReading {
  const found = point(entry)
  if (!found)
    return { location: { kind: 'unknown', ...named(entry), type: types.geo }, flags: ['locations.geo-out-of-range'] }
  const altitude = number(entry['altitude'])
  return plain({ kind: 'geo', ...named(entry), ...found, ...(altitude !== undefined && { altitude }) }, type)
}

function readHthree(entry: JsonObject, type: string): LocationReading {
  // Records from before the type had its name have the cell in `h3`.
  const value = text(entry['value']) ?? text(entry['h3']) ?? ''
  if (!isValidCell(value))
    return { location: { kind: 'hthree', ...named(entry), value }, flags: ['locations.hthree-invalid'] }
  const [latitude, longitude] = cellToLatLng(value)
  return plain({ kind: 'hthree', ...named(entry), value, latitude, longitude }, type)
}

function plain(location: Location, type: string): LocationReading {
  return { location, flags: type === '' ? ['locations.type-missing'] : [] }
}

function point(entry: JsonObject): { latitude: number; longitude: number } | undefined {
  const latitude = number(entry['latitude'])
  const longitude = number(entry['longitude'])
  if (latitude === undefined || longitude === undefined) return undefined
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined
}

/** Numbers, or text that is one: 0 is a value, nothing is none. */
function number(value: Json | undefined): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function texts<Field extends string>(entry: JsonObject, fields: readonly Field[]): { [field in Field]?: string } {
  const found = fields.flatMap((field) => (text(entry[field]) === undefined ? [] : [[field, entry[field]]]))
  return Object.fromEntries(found) as { [field in Field]?: string }
}

function named(entry: JsonObject): { name?: string } {
  return texts(entry, ['name'])
}

function nameOf(name: string | undefined): { name?: string } {
  return name === undefined ? {} : { name }
}
