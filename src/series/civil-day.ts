/** A day of the proleptic Gregorian calendar, counted from 1 January 1970. */
export type Day = number
export type CivilDate = { year: number; month: number; day: number }

/** Monday is 0. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6

const daysPerEra = 146_097
const daysToEpoch = 719_468

/** Of a date that may be beyond its month: 0 March is the last of February. After H. Hinnant, "chrono-compatible low-level date algorithms". */
export function toDay({ year, month, day }: CivilDate): Day {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * daysPerEra + dayOfEra - daysToEpoch
}

export function toCivil(day: Day): CivilDate {
  const shifted = day + daysToEpoch
  const era = Math.floor(shifted / daysPerEra)
  const dayOfEra = shifted - era * daysPerEra
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  }
}

export function weekdayOf(day: Day): Weekday {
  return ((((day + 3) % 7) + 7) % 7) as Weekday
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

export function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** The first day of week 1 of a year: of the first week that has four of its days (RFC 5545 3.3.10, BYWEEKNO). */
export function firstWeekStart(year: number, weekStart: Weekday): Day {
  const first = toDay({ year, month: 1, day: 1 })
  const into = (weekdayOf(first) - weekStart + 7) % 7
  return into <= 3 ? first - into : first + 7 - into
}
