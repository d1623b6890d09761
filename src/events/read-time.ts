import { Temporal } from 'temporal-polyfill'
import type { Json } from '../base/json.ts'

export type TimeReading = { at: Date | null; allDay: boolean; flags: string[] }

const years = { first: 1970, last: 2200 }
const dateTime = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?$/
const dateOnly = /^\d{4}-\d{2}-\d{2}$/

/**
 * The instant a record's `field` names, whatever offset it is written with; without one it is wall time in `timezone`,
 * else UTC. A date alone is the whole day. What is no date is null, with a flag that says so.
 */
export function readTime(value: Json | undefined, field: string, timezone: string | null): TimeReading {
  if (value === undefined || value === null) return { at: null, allDay: false, flags: [] }
  const text = typeof value === 'string' ? value.trim() : ''
  const reading = dateOnly.test(text) ? readDate(text, timezone) : readDateTime(text, timezone)
  if (!reading) return { at: null, allDay: false, flags: [`${field}.unreadable`] }
  const year = reading.at.getUTCFullYear()
  if (year < years.first || year > years.last) return { at: null, allDay: false, flags: [`${field}.out-of-range`] }
  return { ...reading, flags: reading.flags.map((flag) => `${field}.${flag}`) }
}

type Found = { at: Date; allDay: boolean; flags: string[] }

function readDate(text: string, timezone: string | null): Found | undefined {
  const at = toInstant(`${text}T00:00:00`, timezone ?? 'UTC')
  return at && { at, allDay: true, flags: [] }
}

function readDateTime(text: string, timezone: string | null): Found | undefined {
  const [, date, time = '', offset] = dateTime.exec(text) ?? []
  if (date === undefined) return undefined
  const wall = `${date}T${time.replace(',', '.')}`
  if (offset === undefined) {
    const at = toInstant(wall, timezone ?? 'UTC')
    return at && { at, allDay: false, flags: ['offset-missing'] }
  }
  const at = toInstant(wall, offset.toUpperCase() === 'Z' ? 'UTC' : toOffset(offset))
  return at && { at, allDay: false, flags: [] }
}

/** `+0200` and `+02` are written so too. */
function toOffset(text: string): string {
  const digits = text.slice(1).replace(':', '').padEnd(4, '0')
  return `${text[0]}${digits.slice(0, 2)}:${digits.slice(2)}`
}

/**
 * The instant of a wall time (`2026-11-03T19:00`) in a zone, in milliseconds; undefined where there is no such date. In
 * the gap of a clock change: as long after it as was meant; where a time comes twice: the first.
 */
export function toInstant(wall: string, timezone: string): Date | undefined {
  try {
    const time = Temporal.PlainDateTime.from(wall, { overflow: 'reject' })
    return new Date(time.toZonedDateTime(timezone, { disambiguation: 'compatible' }).epochMilliseconds)
  } catch {
    return undefined
  }
}

/** The wall time of an instant in a zone, to the minute: `2026-11-03T19:00`. */
export function toWallTime(at: Date, timezone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone)
  return zoned.toPlainDateTime().toString({ smallestUnit: 'minute' })
}

/** An IANA zone name this runtime knows, or null. Offsets such as `+02:00` are no zones. */
export function toTimezone(name: unknown): string | null {
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name)) return null
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return name
  } catch {
    return null
  }
}
