import {
  type CivilDate,
  type Day,
  daysInMonth,
  daysInYear,
  firstWeekStart,
  toCivil,
  toDay,
  weekdayOf,
} from './civil-day.ts'
import type { RecurrenceRule } from './recurrence-rule.ts'

/** However long a rule is lawful for, nobody plans further ahead. */
const horizonDays = 36_525

/**
 * The days of a rule in order, from the first on or after the start's, within a century of it. `from`: begin no earlier
 * than this day; a rule without COUNT is entered there directly, whatever the distance.
 */
export function* expandRule(rule: RecurrenceRule, start: CivilDate, from?: Day): Generator<Day> {
  const first = toDay(start)
  const last = first + horizonDays
  const full = withDefaults(rule, start)
  const isCounted = rule.count !== null
  let left = rule.count ?? Number.POSITIVE_INFINITY
  for (let n = isCounted ? 0 : periodBefore(full, first, from ?? first); ; n++) {
    const period = periodOf(full, first, n)
    if (period.first > last) return
    for (const day of daysOf(full, period)) {
      if (day < first) continue
      if (day > last || left <= 0) return
      left--
      if (from === undefined || day >= from) yield day
    }
    if (left <= 0) return
  }
}

/** What the start says where the rule does not (RFC 5545 3.3.10). */
function withDefaults(rule: RecurrenceRule, start: CivilDate): RecurrenceRule {
  const { freq, byDay, byMonthDay, byYearDay, byWeekNo, byMonth } = rule
  const hasDays = byDay.length + byMonthDay.length + byYearDay.length > 0
  const weekday = { weekday: weekdayOf(toDay(start)), ordinal: 0 }
  if (hasDays || freq === 'DAILY') return rule
  if (freq === 'WEEKLY' || byWeekNo.length > 0) return { ...rule, byDay: [weekday] }
  if (freq === 'MONTHLY' || byMonth.length > 0) return { ...rule, byMonthDay: [start.day] }
  return { ...rule, byMonth: [start.month], byMonthDay: [start.day] }
}

type Period = { first: Day; length: number }

function periodOf({ freq, interval, weekStart }: RecurrenceRule, first: Day, n: number): Period {
  const { year, month } = toCivil(first)
  switch (freq) {
    case 'DAILY':
      return { first: first + n * interval, length: 1 }
    case 'WEEKLY': {
      const week = first - ((weekdayOf(first) - weekStart + 7) % 7)
      return { first: week + n * interval * 7, length: 7 }
    }
    case 'MONTHLY': {
      const index = year * 12 + month - 1 + n * interval
      const at = { year: Math.floor(index / 12), month: (index % 12) + 1 }
      return { first: toDay({ ...at, day: 1 }), length: daysInMonth(at.year, at.month) }
    }
    case 'YEARLY':
      return { first: toDay({ year: year + n * interval, month: 1, day: 1 }), length: daysInYear(year + n * interval) }
  }
}

/** The last period that begins on or before this day, or one before it. */
function periodBefore({ freq, interval }: RecurrenceRule, first: Day, from: Day): number {
  if (from <= first) return 0
  const [start, target] = [toCivil(first), toCivil(from)]
  const months = (target.year - start.year) * 12 + target.month - start.month
  const periods = {
    DAILY: from - first,
    WEEKLY: Math.floor((from - first) / 7),
    MONTHLY: months,
    YEARLY: target.year - start.year,
  }[freq]
  return Math.max(0, Math.floor(periods / interval) - 1)
}

function daysOf(rule: RecurrenceRule, { first, length }: Period): Day[] {
  const days: Day[] = []
  let date = toCivil(first)
  for (let day = first; day < first + length; day++) {
    if (isIn(rule, day, date)) days.push(day)
    date = next(date)
  }
  if (rule.bySetPos.length === 0) return days
  const picked = rule.bySetPos.flatMap((position) => days.at(position > 0 ? position - 1 : position) ?? [])
  return [...new Set(picked)].sort((a, b) => a - b)
}

function next({ year, month, day }: CivilDate): CivilDate {
  if (day < 28 || day < daysInMonth(year, month)) return { year, month, day: day + 1 }
  return month < 12 ? { year, month: month + 1, day: 1 } : { year: year + 1, month: 1, day: 1 }
}

/** Every part that is there lets the day through. */
function isIn(rule: RecurrenceRule, day: Day, date: CivilDate): boolean {
  const { byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = rule
  if (byMonth.length > 0 && !byMonth.includes(date.month)) return false
  if (byMonthDay.length > 0 && !hasPlace(byMonthDay, date.day, daysInMonth(date.year, date.month))) return false
  if (byYearDay.length > 0 && !hasPlace(byYearDay, dayOfYear(day, date), daysInYear(date.year))) return false
  if (byWeekNo.length > 0 && !isInWeek(rule, day, date)) return false
  return byDay.length === 0 || byDay.some((one) => one.weekday === weekdayOf(day) && isNth(rule, day, { date, ...one }))
}

/** Counted from the beginning, or with a minus from the end. */
function hasPlace(places: readonly number[], place: number, length: number): boolean {
  return places.includes(place) || places.includes(place - length - 1)
}

function dayOfYear(day: Day, { year }: CivilDate): number {
  return day - toDay({ year, month: 1, day: 1 }) + 1
}

/** A week belongs to the year that has most of its days; its days at the turn of the year may lie in the other. */
function isInWeek({ byWeekNo, weekStart }: RecurrenceRule, day: Day, { year }: CivilDate): boolean {
  const weekYear =
    day < firstWeekStart(year, weekStart) ? year - 1 : day >= firstWeekStart(year + 1, weekStart) ? year + 1 : year
  const first = firstWeekStart(weekYear, weekStart)
  const weeks = (firstWeekStart(weekYear + 1, weekStart) - first) / 7
  return hasPlace(byWeekNo, Math.floor((day - first) / 7) + 1, weeks)
}

/** `2TU`: of the month, or of the year where the rule is yearly and names no months. */
function isNth(
  { freq, byMonth }: RecurrenceRule,
  day: Day,
  { date, ordinal }: { date: CivilDate; ordinal: number },
): boolean {
  if (ordinal === 0) return true
  const isOfYear = freq === 'YEARLY' && byMonth.length === 0
  const place = isOfYear ? dayOfYear(day, date) : date.day
  const length = isOfYear ? daysInYear(date.year) : daysInMonth(date.year, date.month)
  const fromEnd = length - place + 1
  return ordinal > 0 ? Math.ceil(place / 7) === ordinal : Math.ceil(fromEnd / 7) === -ordinal
}
