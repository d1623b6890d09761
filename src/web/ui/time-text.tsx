import { t } from '../messages.ts'
import type { EventCardView, WhenView } from '../view/event-view.ts'
import { ago, clock, dayKey, longDate, shortDate, stamp, timeRange, yourTime, zoneName } from '../view/format-time.ts'
import type { Shell } from '../view/shell.ts'

type Clock = Pick<Shell, 'now' | 'zone' | 'locale'>

/** An instant as `2 minutes ago`; the exact time as its title. The script keeps it current. */
export function Ago({ at, shell }: { at: Date; shell: Clock }) {
  return (
    <time datetime={at.toISOString()} title={stamp(at, shell.zone ?? 'UTC', shell.locale)} data-ago>
      {ago(at, shell.now)}
    </time>
  )
}

/** The zone an event's times are shown in: its own; without one, UTC, and the viewer's own beside it. */
export function zoneOf(when: WhenView): string {
  return when.timezone ?? 'UTC'
}

/** `Thursday 10 December 2026`, or `… – …` for several days. */
export function longDateText(when: WhenView, shell: Clock): string {
  const { startsAt, endsAt } = when
  if (!startsAt) return t.shell.dateToCome
  const zone = zoneOf(when)
  const last = endsAt && (when.allDay || endsAt.getTime() - startsAt.getTime() >= 24 * 3_600_000) ? endsAt : null
  if (!last || dayKey(startsAt, zone) === dayKey(last, zone)) return longDate(startsAt, zone, shell.locale)
  return `${shortDate(startsAt, zone, shell.locale, shell.now)} – ${longDate(last, zone, shell.locale)}`
}

/** `18:30 – 21:30 CET`, then the same in the viewer's zone where that differs. */
export function TimeLine({ when, shell }: { when: WhenView; shell: Clock }) {
  if (!when.startsAt) return null
  if (when.allDay) return <span>{t.shell.allDay}</span>
  const yours = yourTime(when, shell.zone, shell.locale)
  return (
    <>
      <span>{timeRange(when, zoneOf(when), shell.locale)}</span>
      <span
        class="your-time"
        data-your-time={when.startsAt.toISOString()}
        data-until={when.endsAt?.toISOString()}
        data-zone={zoneOf(when)}
        data-words={t.shell.yourTime('{}')}
        hidden={yours === null}
      >
        {yours === null ? '' : t.shell.yourTime(yours)}
      </span>
    </>
  )
}

/** For cards: `Thu 10 Dec, 18:30 CET`; only the clock where the list names the day. */
export function cardTime(when: WhenView, shell: Clock, withDay: boolean): string {
  const { startsAt } = when
  if (!startsAt) return t.shell.dateToCome
  if (when.allDay) return withDay ? shortDate(startsAt, zoneOf(when), shell.locale, shell.now) : t.shell.allDay
  const zone = zoneOf(when)
  const time = `${clock(startsAt, zone, shell.locale)} ${zoneName(startsAt, zone)}`
  return withDay ? `${shortDate(startsAt, zone, shell.locale, shell.now)}, ${time}` : time
}

/** For what runs now: `until 20:00 CET`, with the day where it is another. */
export function untilText({ startsAt, endsAt, timezone }: WhenView, shell: Clock): string {
  if (!startsAt || !endsAt) return ''
  const zone = timezone ?? 'UTC'
  const day =
    dayKey(endsAt, zone) === dayKey(shell.now, zone) ? '' : `${shortDate(endsAt, zone, shell.locale, shell.now)}, `
  return t.shell.until(`${day}${clock(endsAt, zone, shell.locale)} ${zoneName(endsAt, zone)}`)
}

export type DayGroup = { key: string; at: Date | null; events: EventCardView[] }

/** Consecutive events of one day (of each event's own zone) together, in the order given. */
export function groupByDay(events: EventCardView[]): DayGroup[] {
  const groups: DayGroup[] = []
  for (const event of events) {
    const { startsAt } = event.when
    const key = startsAt ? dayKey(startsAt, zoneOf(event.when)) : ''
    const last = groups.at(-1)
    if (last?.key === key) last.events.push(event)
    else groups.push({ key, at: startsAt, events: [event] })
  }
  return groups
}

/** `Today`, `Tomorrow`, `Yesterday`, or null for any other day. */
export function nearDay(key: string, shell: Clock): string | null {
  const zone = shell.zone ?? 'UTC'
  const day = 24 * 3_600_000
  const at = (offset: number) => dayKey(new Date(shell.now.getTime() + offset * day), zone)
  if (key === at(0)) return t.shell.today
  if (key === at(1)) return t.shell.tomorrow
  return key === at(-1) ? t.shell.yesterday : null
}
