import { type CivilDate, type Day, type Weekday, daysInMonth, toDay } from './civil-day.ts'

type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

/** `ordinal` 0: every one of the period. */
type WeekdayRule = { weekday: Weekday; ordinal: number }

/** Until when, inclusive: an instant, or a wall time in the series' zone; a date alone means all of that day. */
export type Until =
  | { kind: 'instant'; at: number }
  | { kind: 'wall'; day: Day; minute: number }
  | { kind: 'day'; day: Day }

/** An RRULE (RFC 5545 3.3.10) of a series: dates only, the time of day is the start's. Empty lists are parts that are not there. */
export type RecurrenceRule = {
  freq: Frequency
  interval: number
  count: number | null
  until: Until | null
  byMonth: readonly number[]
  byWeekNo: readonly number[]
  byYearDay: readonly number[]
  byMonthDay: readonly number[]
  byDay: readonly WeekdayRule[]
  bySetPos: readonly number[]
  weekStart: Weekday
}

/** A rule that is refused. `code` is for programs; the message says what would be right. */
export class RecurrenceError extends Error {
  override readonly name = 'RecurrenceError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const maxLength = 512
const maxInterval = 1_000
const maxCount = 10_000
const frequencies: readonly string[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']
const weekdayCodes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const

/** Reads a rule, with or without `RRULE:`. Throws RecurrenceError. */
export function parseRecurrenceRule(text: string): RecurrenceRule {
  const parts = readParts(text)
  const take = <T>(name: string, read: (value: string) => T): T | undefined => {
    const value = parts.get(name)
    parts.delete(name)
    return value === undefined ? undefined : read(value)
  }
  const rule: RecurrenceRule = {
    freq: readFrequency(take('FREQ', String)),
    interval: take('INTERVAL', (value) => readNumber('INTERVAL', value, { min: 1, max: maxInterval })) ?? 1,
    count: take('COUNT', (value) => readNumber('COUNT', value, { min: 1, max: maxCount })) ?? null,
    until: take('UNTIL', readUntil) ?? null,
    byMonth: take('BYMONTH', (value) => readList('BYMONTH', value, { min: 1, max: 12 })) ?? [],
    byWeekNo: take('BYWEEKNO', (value) => readSigned('BYWEEKNO', value, 53)) ?? [],
    byYearDay: take('BYYEARDAY', (value) => readSigned('BYYEARDAY', value, 366)) ?? [],
    byMonthDay: take('BYMONTHDAY', (value) => readSigned('BYMONTHDAY', value, 31)) ?? [],
    byDay: take('BYDAY', readWeekdays) ?? [],
    bySetPos: take('BYSETPOS', (value) => readSigned('BYSETPOS', value, 366)) ?? [],
    weekStart: take('WKST', readWeekStart) ?? 0,
  }
  for (const name of parts.keys()) throw unknownPart(name)
  assertTogether(rule)
  return rule
}

function readParts(text: string): Map<string, string> {
  if (text.length > maxLength) refuse('too-long', `A rule has at most ${maxLength} characters.`)
  if (!/^[\x20-\x7E]*$/.test(text)) refuse('not-ascii', 'A rule is one line of plain ASCII.')
  const parts = new Map<string, string>()
  for (const part of text
    .trim()
    .replace(/^RRULE:/i, '')
    .split(';')) {
    const [, name = '', value = ''] = /^([A-Za-z-]+)=([^=]+)$/.exec(part.trim()) ?? []
    if (name === '') refuse('unreadable', `"${part}" is not NAME=VALUE.`)
    const key = name.toUpperCase()
    if (parts.has(key)) refuse('repeated-part', `${key} is there twice.`)
    parts.set(key, value.toUpperCase())
  }
  return parts
}

function unknownPart(name: string): RecurrenceError {
  if (['BYHOUR', 'BYMINUTE', 'BYSECOND'].includes(name))
    return new RecurrenceError('sub-daily', `${name} is not supported: the time of day is the start's.`)
  return new RecurrenceError('unknown-part', `${name} is no part of a recurrence rule.`)
}

function readFrequency(value: string | undefined): Frequency {
  if (value === undefined) return refuse('freq-missing', 'A rule needs FREQ.')
  if (frequencies.includes(value)) return value as Frequency
  if (['SECONDLY', 'MINUTELY', 'HOURLY'].includes(value))
    return refuse('sub-daily', `FREQ=${value} is not supported: events recur daily or less often.`)
  return refuse('bad-value', `FREQ=${value} is not one of ${frequencies.join(', ')}.`)
}

function readNumber(name: string, value: string, { min, max }: { min: number; max: number }): number {
  const number = /^\+?\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  return number >= min && number <= max ? number : refuse('bad-value', `${name}=${value} is not from ${min} to ${max}.`)
}

function readList(name: string, value: string, range: { min: number; max: number }): number[] {
  return [...new Set(value.split(',').map((item) => readNumber(name, item, range)))]
}

/** From 1, or from -1 counted from the end. */
function readSigned(name: string, value: string, max: number): number[] {
  const numbers = value.split(',').map((item) => {
    const sign = item.startsWith('-') ? -1 : 1
    return sign * readNumber(name, item.replace(/^-/, ''), { min: 1, max })
  })
  return [...new Set(numbers)]
}

function readWeekdays(value: string): WeekdayRule[] {
  const rules = value.split(',').map((item): WeekdayRule => {
    const [, sign = '', digits = '', code = ''] = /^([+-]?)(\d{0,2})(MO|TU|WE|TH|FR|SA|SU)$/.exec(item) ?? []
    const number = digits === '' ? 0 : Number(digits)
    const isBad = code === '' || (digits === '' && sign !== '') || (digits !== '' && (number < 1 || number > 53))
    if (isBad) refuse('bad-value', `BYDAY=${item} is no weekday such as TU, 2TU or -1FR.`)
    return { weekday: toWeekday(code), ordinal: sign === '-' ? -number : number }
  })
  return rules.filter((rule, i) => rules.findIndex((other) => isSameDay(other, rule)) === i)
}

const isSameDay = (a: WeekdayRule, b: WeekdayRule) => a.weekday === b.weekday && a.ordinal === b.ordinal

function readWeekStart(value: string): Weekday {
  const isKnown = weekdayCodes.some((code) => code === value)
  return isKnown ? toWeekday(value) : refuse('bad-value', `WKST=${value} is no weekday such as MO.`)
}

function toWeekday(code: string): Weekday {
  return weekdayCodes.findIndex((known) => known === code) as Weekday
}

function readUntil(value: string): Until {
  const [, y = '', m = '', d = '', h, min = '', s = '', zulu] =
    /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/.exec(value) ?? []
  const date = { year: Number(y), month: Number(m), day: Number(d) }
  if (y === '' || !isDate(date))
    return refuse('bad-value', `UNTIL=${value} is no date such as 20261231 or 20261231T235959Z.`)
  if (h === undefined) return { kind: 'day', day: toDay(date) }
  const [hour, minute, second] = [Number(h), Number(min), Number(s)]
  if (hour > 23 || minute > 59 || second > 60) return refuse('bad-value', `UNTIL=${value} has no such time of day.`)
  const seconds = hour * 3600 + minute * 60 + second
  return zulu
    ? { kind: 'instant', at: toDay(date) * 86_400_000 + seconds * 1000 }
    : { kind: 'wall', day: toDay(date), minute: seconds / 60 }
}

function isDate({ year, month, day }: CivilDate): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** What RFC 5545 forbids, or leaves without a meaning. */
function assertTogether(rule: RecurrenceRule): void {
  const { freq, byDay, byMonthDay, byYearDay, byWeekNo, byMonth, bySetPos } = rule
  if (rule.count !== null && rule.until !== null) refuse('count-and-until', 'A rule has COUNT or UNTIL, not both.')
  if (byWeekNo.length > 0 && freq !== 'YEARLY') refuse('bad-combination', 'BYWEEKNO goes with FREQ=YEARLY only.')
  if (byYearDay.length > 0 && freq !== 'YEARLY') refuse('bad-combination', 'BYYEARDAY goes with FREQ=YEARLY only.')
  if (byMonthDay.length > 0 && freq === 'WEEKLY') refuse('bad-combination', 'BYMONTHDAY does not go with FREQ=WEEKLY.')
  const hasOrdinals = byDay.some(({ ordinal }) => ordinal !== 0)
  if (hasOrdinals && freq !== 'MONTHLY' && freq !== 'YEARLY')
    refuse('bad-combination', `A BYDAY such as 2TU does not go with FREQ=${freq}.`)
  if (hasOrdinals && byWeekNo.length > 0) refuse('bad-combination', 'A BYDAY such as 2TU does not go with BYWEEKNO.')
  const maxOrdinal = freq === 'MONTHLY' || byMonth.length > 0 ? 5 : 53
  if (byDay.some(({ ordinal }) => Math.abs(ordinal) > maxOrdinal))
    refuse('bad-value', `BYDAY counts to ${maxOrdinal} here.`)
  const others = byDay.length + byMonthDay.length + byYearDay.length + byWeekNo.length + byMonth.length
  if (bySetPos.length > 0 && others === 0) refuse('bad-combination', 'BYSETPOS needs another BY part to pick from.')
}

function refuse(code: string, message: string): never {
  throw new RecurrenceError(code, message)
}
