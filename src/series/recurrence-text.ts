import { type CivilDate, type Weekday, weekdayOf, toDay } from './civil-day.ts'
import type { RecurrenceRule, Until } from './recurrence-rule.ts'

/** The words of a language; everything that `Intl` knows (weekdays, months, dates, lists) comes from there. */
export type RecurrenceWords = {
  locale: string
  daily: (interval: number) => string
  weekly: (interval: number, days: string, isSingle: boolean) => string
  monthly: (interval: number, when: string) => string
  yearly: (interval: number, when: string) => string
  weekdays: string
  everyday: (weekday: string) => string
  nthWeekday: (ordinals: string, weekday: string) => string
  nthDays: (days: string) => string
  monthDay: (month: string, day: number) => string
  ofMonth: (when: string, month: string) => string
  ordinal: (place: number) => string
  dayOrdinal: (place: number) => string
  weekday: string
  times: (count: number) => string
  until: (date: string) => string
}

const every = (interval: number, one: string, unit: string) =>
  interval === 1 ? one : interval === 2 ? `every other ${unit}` : `every ${interval} ${unit}s`

const places = ['first', 'second', 'third', 'fourth', 'fifth']
const fromEnd = ['last', 'second-to-last', 'third-to-last', 'fourth-to-last', 'fifth-to-last']
const suffixes: Record<string, string> = { one: 'st', two: 'nd', few: 'rd', other: 'th' }
const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' })
const numbered = (place: number) => `${place}${suffixes[ordinalRules.select(place)] ?? 'th'}`

const englishWords: RecurrenceWords = {
  locale: 'en-US',
  daily: (interval) => `Occurs ${every(interval, 'daily', 'day')}`,
  weekly: (interval, days) => `Occurs ${every(interval, 'weekly', 'week')} on ${days}`,
  monthly: (interval, when) => `Occurs ${every(interval, 'monthly', 'month')} on ${when}`,
  yearly: (interval, when) => `Occurs ${every(interval, 'yearly', 'year')} on ${when}`,
  weekdays: 'weekdays',
  everyday: (weekday) => `${weekday}s`,
  nthWeekday: (ordinals, weekday) => `the ${ordinals} ${weekday}`,
  nthDays: (days) => `the ${days}`,
  monthDay: (month, day) => `${month} ${day}`,
  ofMonth: (when, month) => `${when} of ${month}`,
  ordinal: (place) => (place > 0 ? places[place - 1] : fromEnd[-place - 1]) ?? '',
  dayOrdinal: (place) => (place > 0 ? numbered(place) : `${fromEnd[-place - 1] ?? ''} day`),
  weekday: 'weekday',
  times: (count) => (count === 1 ? ', once' : `, ${count} times`),
  until: (date) => `, until ${date}`,
}

/**
 * The rule as a sentence, such as "Occurs weekly on Tuesdays"; null where these templates cannot say all of it. Two rules
 * that give different dates from one start never share a sentence.
 */
export function describeRule(
  rule: RecurrenceRule,
  start: CivilDate,
  words: RecurrenceWords = englishWords,
): string | null {
  const sentence = describe(rule, start, words)
  const end = sentence === null ? null : describeEnd(rule, words)
  return sentence === null || end === null ? null : sentence + end
}

function describe(rule: RecurrenceRule, start: CivilDate, words: RecurrenceWords): string | null {
  const { byWeekNo, byYearDay, byMonth, freq } = rule
  if (byWeekNo.length > 0 || byYearDay.length > 0) return null
  if (freq === 'YEARLY') return describeYearly(rule, start, words)
  if (byMonth.length > 0) return null
  if (freq === 'DAILY') return describeDaily(rule, words)
  return freq === 'WEEKLY' ? describeWeekly(rule, start, words) : describeMonthly(rule, start, words)
}

function describeDaily(
  { interval, byDay, byMonthDay, bySetPos }: RecurrenceRule,
  words: RecurrenceWords,
): string | null {
  if (byMonthDay.length > 0 || bySetPos.length > 0) return null
  if (byDay.length === 0) return words.daily(interval)
  // Every day that is one of these: the same as every week on them.
  return interval === 1
    ? words.weekly(
        1,
        weeklyDays(
          byDay.map(({ weekday }) => weekday),
          words,
          1,
        ),
        false,
      )
    : null
}

function describeWeekly(rule: RecurrenceRule, start: CivilDate, words: RecurrenceWords): string | null {
  const { interval, byDay, bySetPos, weekStart } = rule
  if (bySetPos.length > 0) return null
  const days = byDay.length > 0 ? byDay.map(({ weekday }) => weekday) : [weekdayOf(toDay(start))]
  // Where weeks are left out it matters with which day they begin, and nobody hears that in a sentence.
  if (interval > 1 && weekStart !== 0 && days.length > 1) return null
  if (interval > 1 && weekStart !== 0 && days[0] !== weekdayOf(toDay(start))) return null
  return words.weekly(interval, weeklyDays(days, words, interval), days.length === 1)
}

function weeklyDays(days: readonly Weekday[], words: RecurrenceWords, interval: number): string {
  const sorted = [...new Set(days)].toSorted((a, b) => a - b)
  if (sorted.join() === '0,1,2,3,4') return words.weekdays
  const names = sorted.map((day) => weekdayName(day, words))
  return list(interval === 1 ? names.map(words.everyday) : names, words)
}

function describeMonthly(rule: RecurrenceRule, start: CivilDate, words: RecurrenceWords): string | null {
  const { interval, byDay, byMonthDay } = rule
  if (byDay.length > 0 && byMonthDay.length > 0) return null
  const when = byDay.length > 0 ? describeNth(rule, words) : describeDays(rule, start, words)
  return when === null ? null : words.monthly(interval, when)
}

function describeDays(
  { byMonthDay, bySetPos }: RecurrenceRule,
  start: CivilDate,
  words: RecurrenceWords,
): string | null {
  if (bySetPos.length > 0 || byMonthDay.some((day) => day < -fromEnd.length)) return null
  const days = byMonthDay.length > 0 ? byMonthDay : [start.day]
  const sorted = days.toSorted((a, b) => (a > 0 === b > 0 ? a - b : b - a))
  return words.nthDays(list(sorted.map(words.dayOrdinal), words))
}

/** "the first and third Thursday", "the last weekday". */
function describeNth({ byDay, bySetPos }: RecurrenceRule, words: RecurrenceWords): string | null {
  const weekdays = [...new Set(byDay.map(({ weekday }) => weekday))]
  const [only] = weekdays
  const ordinals = byDay.map(({ ordinal }) => ordinal)
  if (ordinals.every((ordinal) => ordinal === 0)) {
    const isWeekday = weekdays.toSorted((a, b) => a - b).join() === '0,1,2,3,4'
    if (bySetPos.length === 0 || (!isWeekday && weekdays.length > 1)) return null
    return nth(bySetPos, isWeekday ? words.weekday : weekdayName(only ?? 0, words), words)
  }
  if (bySetPos.length > 0 || weekdays.length > 1 || ordinals.includes(0)) return null
  return nth(ordinals, weekdayName(only ?? 0, words), words)
}

function nth(ordinals: readonly number[], weekday: string, words: RecurrenceWords): string | null {
  const sorted = ordinals.toSorted((a, b) => (a > 0 === b > 0 ? a - b : b - a))
  const named = sorted.map(words.ordinal)
  return named.includes('') ? null : words.nthWeekday(list(named, words), weekday)
}

function describeYearly(rule: RecurrenceRule, start: CivilDate, words: RecurrenceWords): string | null {
  const { interval, byMonth, byMonthDay, byDay, bySetPos } = rule
  const isPlain = byMonth.length + byMonthDay.length + byDay.length + bySetPos.length === 0
  if (isPlain) return words.yearly(interval, words.monthDay(monthName(start.month, words), start.day))
  const [month] = byMonth
  if (month === undefined || byMonth.length > 1) return null
  if (byDay.length > 0) {
    const when = byMonthDay.length > 0 || isEveryWeek(rule) ? null : describeNth(rule, words)
    return when === null ? null : words.yearly(interval, words.ofMonth(when, monthName(month, words)))
  }
  const [day = start.day] = byMonthDay
  if (byMonthDay.length > 1 || day < 0 || bySetPos.length > 0) return null
  return words.yearly(interval, words.monthDay(monthName(month, words), day))
}

const isEveryWeek = ({ byDay, bySetPos }: RecurrenceRule) =>
  bySetPos.length === 0 && byDay.every(({ ordinal }) => ordinal === 0)

/** Null for an end to the minute: it cannot be said in the zone's words without the zone. */
function describeEnd({ count, until }: RecurrenceRule, words: RecurrenceWords): string | null {
  if (count !== null) return words.times(count)
  return until === null ? '' : describeUntil(until, words)
}

function describeUntil(until: Until, words: RecurrenceWords): string | null {
  if (until.kind !== 'day') return null
  const date = new Date(until.day * 86_400_000)
  const format = new Intl.DateTimeFormat(words.locale, { dateStyle: 'long', timeZone: 'UTC' })
  return words.until(format.format(date))
}

function weekdayName(weekday: Weekday, { locale }: RecurrenceWords): string {
  // 5 January 1970 was a Monday.
  const date = new Date((4 + weekday) * 86_400_000)
  return new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(date)
}

function monthName(month: number, { locale }: RecurrenceWords): string {
  return new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' }).format(
    new Date(Date.UTC(2026, month - 1, 1)),
  )
}

function list(items: readonly string[], { locale }: RecurrenceWords): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(items)
}
