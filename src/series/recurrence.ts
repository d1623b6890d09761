import { Temporal } from 'temporal-polyfill'
import { type CivilDate, type Day, toCivil, toDay } from './civil-day.ts'
import { expandRule } from './expand-rule.ts'
import { RecurrenceError, type RecurrenceRule, type Until } from './recurrence-rule.ts'

/** A series as people mean it: wall times in a zone. Instants follow from these, and change when the zone's rules do. */
export type Recurrence = {
  rule: RecurrenceRule
  /** `2026-11-03T19:00:00`. */
  start: string
  /** IANA name. */
  timezone: string
  /** Wall times that are left out; they count for COUNT. */
  exdates?: readonly string[]
  /** Wall times that come in addition. */
  rdates?: readonly string[]
}

/** `recurrenceId`: its original wall start, which names it. */
export type Occurrence = { recurrenceId: string; at: Date }

/** `after`: strictly later; `until`: up to and with. */
export type OccurrenceWindow = { after?: Date | undefined; until?: Date | undefined }

const dayMs = 86_400_000

/**
 * The occurrences in order. A wall time that a clock change skips is as long after the gap as it was meant to be into it;
 * one that comes twice is the first. Throws RecurrenceError for a start, a date or a zone that cannot be read.
 */
export function* listOccurrences(
  recurrence: Recurrence,
  { after, until }: OccurrenceWindow = {},
): Generator<Occurrence> {
  const start = readWall('start', recurrence.start)
  const zone = readZone(recurrence.timezone)
  const exdates = new Set((recurrence.exdates ?? []).map((wall) => keyOf(readWall('exdate', wall))))
  const limit = toLimit(recurrence.rule.until)
  // A wall day is never more than a day away from the same day in UTC.
  const from = after === undefined ? undefined : Math.floor(after.getTime() / dayMs) - 2
  const ruled = ofRule({ recurrence, start, zone, limit, from })
  const added = [...new Set((recurrence.rdates ?? []).map((wall) => keyOf(readWall('rdate', wall))))]
    .map((key): Occurrence => ({ recurrenceId: key, at: toInstant(readWall('rdate', key), zone) }))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
  let last = Number.NEGATIVE_INFINITY
  for (const occurrence of merge(ruled, added)) {
    const at = occurrence.at.getTime()
    if (until && at > until.getTime()) return
    if (exdates.has(occurrence.recurrenceId) || at === last || (after && at <= after.getTime())) continue
    last = at
    yield occurrence
  }
}

type Wall = { date: CivilDate; hour: number; minute: number; second: number }
type Ruled = {
  recurrence: Recurrence
  start: Wall
  zone: string
  /** Whether UNTIL lets it be. */
  limit: (found: { day: Day; wall: Wall; at: Date }) => boolean
  from: Day | undefined
}

function* ofRule({ recurrence, start, zone, limit, from }: Ruled): Generator<Occurrence> {
  for (const day of expandRule(recurrence.rule, start.date, from)) {
    const wall = { ...start, date: toCivil(day) }
    const at = toInstant(wall, zone)
    if (!limit({ day, wall, at })) return
    yield { recurrenceId: keyOf(wall), at }
  }
}

function toLimit(until: Until | null): Ruled['limit'] {
  if (until === null) return () => true
  if (until.kind === 'instant') return ({ at }) => at.getTime() <= until.at
  if (until.kind === 'day') return ({ day }) => day <= until.day
  return ({ day, wall: { hour, minute, second } }) =>
    day < until.day || (day === until.day && hour * 60 + minute + second / 60 <= until.minute)
}

/** Two sorted lists as one. */
function* merge(ruled: Generator<Occurrence>, added: readonly Occurrence[]): Generator<Occurrence> {
  let next = 0
  for (const occurrence of ruled) {
    for (; next < added.length && (added[next] as Occurrence).at <= occurrence.at; next++)
      yield added[next] as Occurrence
    yield occurrence
  }
  yield* added.slice(next)
}

function readWall(field: string, text: string): Wall {
  const [, y = '', m = '', d = '', h = '', min = '', s = '0'] =
    /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim()) ?? []
  const [hour, minute, second] = [Number(h), Number(min), Number(s)]
  const date = { year: Number(y), month: Number(m), day: Number(d) }
  const isDate = y !== '' && keyOfDate(toCivil(toDay(date))) === keyOfDate(date)
  if (isDate && hour < 24 && minute < 60 && second < 60) return { date, hour, minute, second }
  throw new RecurrenceError('bad-date', `${field} ${text} is no wall time such as 2026-11-03T19:00:00.`)
}

function readZone(name: string): string {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return name
  } catch {
    throw new RecurrenceError('bad-zone', `${name} is no time zone such as Europe/Berlin.`)
  }
}

function toInstant({ date, hour, minute, second }: Wall, zone: string): Date {
  const wall = Temporal.PlainDateTime.from({ ...date, hour, minute, second })
  return new Date(wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds)
}

const two = (n: number) => String(n).padStart(2, '0')

function keyOfDate({ year, month, day }: CivilDate): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

function keyOf({ date, hour, minute, second }: Wall): string {
  return `${keyOfDate(date)}T${two(hour)}:${two(minute)}:${two(second)}`
}
