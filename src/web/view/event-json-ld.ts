import type { EventPageView } from './event-view.ts'
import { excerpt } from './description.ts'
import { dayKey } from './format-time.ts'
import { toPlace } from './place.ts'
import { safeHref } from './safe-href.ts'

const statuses: Record<string, string> = {
  cancelled: 'EventCancelled',
  postponed: 'EventPostponed',
  rescheduled: 'EventRescheduled',
}
const modes: Record<string, string> = { virtual: 'OnlineEventAttendanceMode', hybrid: 'MixedEventAttendanceMode' }

/** The event for search engines (schema.org), escaped so that no text of it can end the script element. */
export function eventJsonLd(view: EventPageView, publicUrl: string): string {
  const { startsAt, endsAt, allDay, timezone } = view.when
  const moment = (at: Date | null) => (at ? (allDay ? dayKey(at, timezone ?? 'UTC') : at.toISOString()) : undefined)
  const document = {
    '@context': 'https://schema.org',
    '@type': 'Event',
    name: view.name,
    url: `${publicUrl}${view.path}`,
    description: excerpt(view.description, 500) || undefined,
    startDate: moment(startsAt),
    endDate: moment(endsAt),
    previousStartDate: moment(view.previousStartsAt),
    eventStatus: `https://schema.org/${statuses[view.status] ?? 'EventScheduled'}`,
    eventAttendanceMode: `https://schema.org/${modes[view.mode ?? ''] ?? 'OfflineEventAttendanceMode'}`,
    image: view.cover.kind === 'picture' ? [`${publicUrl}${view.cover.src}`] : undefined,
    location: locationsOf(view),
    organizer: { '@type': 'Person', name: view.host.name, url: `${publicUrl}${view.host.path}` },
  }
  return JSON.stringify(document)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

function locationsOf(view: EventPageView): object[] {
  const places = view.locations.map(toPlace).filter((place) => place !== null)
  const onSite = places
    .filter((place) => place.isMap)
    .map((place) => ({ '@type': 'Place', name: place.title, address: place.detail ?? place.title }))
  const links = view.mode === 'virtual' || view.mode === 'hybrid' ? view.uris.map((row) => safeHref(row.uri)) : []
  return [...onSite, ...links.flatMap((url) => (url ? [{ '@type': 'VirtualLocation', url }] : []))]
}
