import type { EventUri } from '../../events/event.ts'
import { type EventRow, toEventDetails } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'

/** An event's links without the one to its page here, which records that began here carry. */
export function ownUris(row: EventRow, publicUrl: string): EventUri[] {
  return toEventDetails(row).uris.filter(({ uri }) => uri !== publicUrl + eventUrlPath(row))
}
