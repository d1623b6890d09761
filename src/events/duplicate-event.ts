import type { Db } from '../db/database.ts'
import { findStoredPicture } from '../media/store-picture.ts'
import { type EventRow, toEventDetails, toEventSettings } from './event-row.ts'
import { type EventOwner, createEvent } from './write-event.ts'

/** A draft like this event, without its dates. A picture that only its repo has does not come along. */
export async function duplicateEvent(db: Db, owner: EventOwner, event: EventRow): Promise<EventRow> {
  const { name, description, timezone, mode, locations, uris, picture, rsvpExpected } = toEventDetails(event)
  const { visibility, publishUnlisted, capacity, hasWaitlist, needsApproval, approvalQuestion } = toEventSettings(event)
  const stored = picture && (await findStoredPicture(db, owner.id, picture.cid))
  return createEvent(db, owner, {
    name,
    description,
    timezone,
    mode,
    locations,
    uris,
    picture: stored ? { cid: stored.cid, alt: picture?.alt ?? '' } : null,
    visibility,
    publishUnlisted,
    draft: true,
    rsvpExpected,
    capacity,
    waitlist: hasWaitlist,
    approval: needsApproval,
    approvalQuestion,
  })
}
