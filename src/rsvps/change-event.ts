import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import type { EventPatch } from '../events/event-input.ts'
import type { EventRow } from '../events/event-row.ts'
import { type EventOwner, updateEvent } from '../events/write-event.ts'
import { promoteWaitlist } from './rsvp-place.ts'

/** Changes an event, and what follows for the answers to it: see updateEvent. */
export async function changeEvent(
  db: Db,
  owner: EventOwner,
  change: { id: number; patch: EventPatch },
): Promise<EventRow> {
  return updateEvent(db, owner, change, letIn)
}

/** With more places, those who wait move up. */
async function letIn(tx: Tx, event: EventRow): Promise<void> {
  for (const accountId of await promoteWaitlist(tx, event)) await notify(tx, 'live', `account:${accountId}`)
}
