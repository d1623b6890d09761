import { type EventRow, toEventDetails, toEventSettings } from '../../events/event-row.ts'
import type { Location } from '../../events/event.ts'
import { ownUris } from './own-uris.ts'
import { toWallTime } from '../../events/read-time.ts'
import type { EventFormValues, LocationValues } from './event-form.ts'

/** The form of an event as it stands; its times are wall times of its own zone, else UTC, which the form then names. */
export function toEventForm(row: EventRow, publicUrl: string): EventFormValues {
  const details = toEventDetails(row)
  const settings = toEventSettings(row)
  const timezone = details.timezone ?? (details.startsAt ? 'UTC' : '')
  const wall = (at: Date | null) => (at ? toWallTime(at, timezone || 'UTC') : '')
  const [start, end] = [wall(details.startsAt), wall(details.endsAt)]
  const time = (text: string) => (details.allDay ? '' : text.slice(11))
  return {
    name: details.name,
    description: details.description,
    startDate: start.slice(0, 10),
    startTime: time(start),
    endDate: end.slice(0, 10),
    endTime: time(end),
    timezone,
    mode: details.mode ?? 'inperson',
    status: details.status,
    locations: details.locations.map(toLocationValues),
    uris: ownUris(row, publicUrl).map(({ uri, name = '' }) => ({ uri, name })),
    pictureCid: details.picture?.cid ?? '',
    pictureAlt: details.picture?.alt ?? '',
    visibility: settings.visibility,
    publishUnlisted: settings.publishUnlisted,
    rsvpExpected: details.rsvpExpected,
    capacity: settings.capacity === null ? '' : String(settings.capacity),
    waitlist: settings.hasWaitlist,
    approval: settings.needsApproval,
    approvalQuestion: settings.approvalQuestion ?? '',
    rsvpDeadline: wall(settings.rsvpDeadline),
    version: String(row.version),
  }
}

function toLocationValues(location: Location): LocationValues {
  if (location.kind !== 'address') return { kind: 'kept', location }
  const { name = '', street = '', locality = '', region = '', postalCode = '', country = '' } = location
  return { kind: 'address', name, street, locality, region, postalCode, country }
}
