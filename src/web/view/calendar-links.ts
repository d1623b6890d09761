import { effectiveEnd } from '../../events/event-end.ts'
import type { EventPageView, WhenView } from './event-view.ts'
import { dayKey } from './format-time.ts'
import { excerpt } from './description.ts'
import { placeLine } from './place.ts'

export type CalendarLinks = { google: string; outlook: string; ics: string }

/** Where to add the event to; null while it has no date. `url`: of its page. */
export function calendarLinks(view: EventPageView, url: string): CalendarLinks | null {
  const { startsAt } = view.when
  const endsAt = effectiveEnd(view.when)
  if (!startsAt || !endsAt) return null
  const details = [excerpt(view.description, 400), url].filter(Boolean).join('\n\n')
  const location = placeLine(view.locations) ?? ''
  const google = new URLSearchParams({
    action: 'TEMPLATE',
    text: view.name,
    dates: googleDates(startsAt, endsAt, view.when),
    details,
    location,
  })
  if (view.when.timezone && !view.when.allDay) google.set('ctz', view.when.timezone)
  const outlook = new URLSearchParams({
    rru: 'addevent',
    subject: view.name,
    startdt: startsAt.toISOString(),
    enddt: endsAt.toISOString(),
    ...(view.when.allDay ? { allday: 'true' } : {}),
    body: details,
    location,
  })
  return {
    google: `https://calendar.google.com/calendar/render?${google}`,
    outlook: `https://outlook.live.com/calendar/0/action/compose?${outlook}`,
    ics: `${view.path}.ics`,
  }
}

/** `20261210T173000Z/20261210T203000Z`, or days of the event's zone where there are no hours; the last is excluded. */
function googleDates(startsAt: Date, endsAt: Date, { allDay, timezone }: WhenView): string {
  const compact = (at: Date) =>
    allDay ? dayKey(at, timezone ?? 'UTC').replaceAll('-', '') : at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  return [startsAt, endsAt].map(compact).join('/')
}
