import type { WhenView } from './event-view.ts'
import type { Locale } from './shell.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** Formatters cost 50 µs to make and nothing to keep: their options come from this folder, their zones from a bounded list. */
function format(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`
  let found = formats.get(key)
  if (!found) {
    if (formats.size > 2000) formats.clear()
    found = new Intl.DateTimeFormat(locale, { timeZone, ...options })
    formats.set(key, found)
  }
  return found
}

const hours = {
  'en-GB': { hour: '2-digit', minute: '2-digit' },
  'en-US': { hour: 'numeric', minute: '2-digit' },
} satisfies Record<Locale, Intl.DateTimeFormatOptions>

/** `Thursday 10 December 2026`, in `zone`. */
export function longDate(at: Date, zone: string, locale: Locale): string {
  return format(locale, zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(at)
}

/** `Thu 10 Dec`, with the year where it is not `now`'s. */
export function shortDate(at: Date, zone: string, locale: Locale, now: Date): string {
  const isThisYear = year(at, zone) === year(now, zone)
  return format(locale, zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(at)
}

/** `18:30` or `6:30 PM`. */
export function clock(at: Date, zone: string, locale: Locale): string {
  return format(locale, zone, hours[locale]).format(at)
}

/** `Dec` and `10`, for the tile beside the date. */
export function tileDate(at: Date, zone: string, locale: Locale): { month: string; day: string } {
  return {
    month: format(locale, zone, { month: 'short' }).format(at),
    day: format(locale, zone, { day: 'numeric' }).format(at),
  }
}

/** `2026-12-10`: names a day of a zone, to group by. */
export function dayKey(at: Date, zone: string): string {
  return format('en-CA', zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
}

function year(at: Date, zone: string): string {
  return format('en-GB', zone, { year: 'numeric' }).format(at)
}

/** `CET`, `EST`, or `GMT+9` where no English locale has letters for it. */
export function zoneName(at: Date, zone: string): string {
  const names = ['en-GB', 'en-US', 'en-AU', 'en-IN'].map(
    (locale) =>
      format(locale, zone, { hour: 'numeric', timeZoneName: 'short' })
        .formatToParts(at)
        .find((part) => part.type === 'timeZoneName')?.value ?? '',
  )
  return names.find((name) => !/^GMT./.test(name)) ?? names[0] ?? zone
}

/** `18:30 – 21:30 CET`; the end's day too where it ends on another one. */
export function timeRange(when: WhenView, zone: string, locale: Locale): string {
  const { startsAt, endsAt } = when
  if (!startsAt) return ''
  const name = zoneName(startsAt, zone)
  const from = clock(startsAt, zone, locale)
  if (!endsAt) return `${from} ${name}`
  const isSameDay = dayKey(startsAt, zone) === dayKey(endsAt, zone) || endsAt.getTime() - startsAt.getTime() < 12 * hour
  const to = clock(endsAt, zone, locale)
  return isSameDay ? `${from} – ${to} ${name}` : `${from} – ${shortDate(endsAt, zone, locale, startsAt)}, ${to} ${name}`
}

/** The same in the viewer's zone, or null where it would only repeat the event's. Names the day where it differs. */
export function yourTime(when: WhenView, viewerZone: string | null, locale: Locale): string | null {
  const { startsAt, endsAt } = when
  if (!startsAt || when.allDay || viewerZone === null) return null
  const zone = when.timezone ?? 'UTC'
  if (offset(startsAt, zone) === offset(startsAt, viewerZone)) return null
  const day =
    dayKey(startsAt, zone) === dayKey(startsAt, viewerZone)
      ? ''
      : `${shortDate(startsAt, viewerZone, locale, startsAt)}, `
  const to =
    endsAt && endsAt.getTime() - startsAt.getTime() < 12 * hour ? ` – ${clock(endsAt, viewerZone, locale)}` : ''
  return `${day}${clock(startsAt, viewerZone, locale)}${to}`
}

function offset(at: Date, zone: string): string {
  return (
    format('en-US', zone, { timeZoneName: 'longOffset', hour: 'numeric' })
      .formatToParts(at)
      .find((part) => part.type === 'timeZoneName')?.value ?? ''
  )
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * day],
  ['month', 30 * day],
  ['week', 7 * day],
  ['day', day],
  ['hour', hour],
  ['minute', minute],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** `2 minutes ago`, `in 3 days`, `just now`. */
export function ago(at: Date, now: Date): string {
  const distance = at.getTime() - now.getTime()
  const [unit, length] = steps.find(([, length]) => Math.abs(distance) >= length) ?? []
  if (!unit || !length) return distance > 5000 ? 'in a moment' : 'just now'
  return relative.format(Math.trunc(distance / length), unit)
}

/** For `title` and tables: `10 Dec 2026, 18:30 CET`. */
export function stamp(at: Date, zone: string, locale: Locale): string {
  return `${format(locale, zone, { day: 'numeric', month: 'short', year: 'numeric', ...hours[locale] }).format(at)} ${zoneName(at, zone)}`
}
