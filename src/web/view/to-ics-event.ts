import { effectiveEnd } from '../../events/event-end.ts'
import { type EventRow, toEventDetails } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import { t } from '../messages.ts'
import { ownUris } from './own-uris.ts'
import { dayKey } from './format-time.ts'
import type { IcsEvent } from './write-ics.ts'
import { placeLine } from './place.ts'
import { safeHref } from './safe-href.ts'
import { toWhen } from './to-event-card.ts'

/** An event for calendars; undefined while it has no date. Never anything of the people who answered. */
export function toIcsEvent(row: EventRow, publicUrl: string): IcsEvent | undefined {
  const { name, description, locations, mode, status } = toEventDetails(row)
  const when = toIcsWhen(row)
  if (!when) return undefined
  const url = publicUrl + eventUrlPath(row)
  const links = mode === 'inperson' ? [] : ownUris(row, publicUrl).flatMap(({ uri }) => safeHref(uri) ?? [])
  return {
    uid: `${row.slug}@${new URL(publicUrl).hostname}`,
    sequence: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    when,
    summary: name || t.shell.untitled,
    description: [description.slice(0, 4000).trim(), ...links, url].filter(Boolean).join('\n\n'),
    location: placeLine(locations) ?? (mode === 'virtual' ? (links[0] ?? t.shell.online) : ''),
    url,
    status:
      status === 'cancelled'
        ? 'CANCELLED'
        : status === 'scheduled' || status === 'rescheduled'
          ? 'CONFIRMED'
          : 'TENTATIVE',
  }
}

function toIcsWhen(row: EventRow): IcsEvent['when'] | undefined {
  const when = toWhen(row)
  const { startsAt, endsAt, allDay, timezone } = when
  const end = effectiveEnd(when)
  if (!startsAt || !end) return undefined
  if (!allDay) return { start: startsAt, end }
  const zone = timezone ?? 'UTC'
  return { firstDay: dayKey(startsAt, zone), lastDay: dayKey(endsAt ?? startsAt, zone) }
}
