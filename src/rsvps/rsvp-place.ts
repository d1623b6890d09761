import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import type { EventRow } from '../events/event-row.ts'
import type { RsvpPlace, RsvpStatus } from './rsvp.ts'

type Asking = {
  accountId: number
  status: RsvpStatus
  guests: number
  /** Their answer so far. */
  before?: { status: RsvpStatus; place: RsvpPlace; guests: number } | undefined
}

/**
 * Where an answer stands, with the event locked: only those who come take places, in the order in which they said so.
 * `full`: there is no room, and no waitlist.
 */
export async function decidePlace(tx: Tx, event: EventRow, asking: Asking): Promise<RsvpPlace | 'full'> {
  const { accountId, status, guests, before } = asking
  if (status !== 'going' || accountId === event.owner_id) return 'confirmed'
  const isComing = before?.status === 'going'
  if (isComing && before.place === 'declined') return 'declined'
  const isAdmitted = !event.needs_approval || (isComing && before.place !== 'pending')
  if (!isAdmitted) return 'pending'
  if (isComing && before.place === 'confirmed' && guests <= before.guests) return 'confirmed'
  const left = await countPlacesLeft(tx, event, accountId)
  if (left === null || guests + 1 <= left) return isComing && before.place === 'waitlisted' ? 'waitlisted' : 'confirmed'
  return event.has_waitlist ? 'waitlisted' : 'full'
}

/** Places that nobody but `exceptId` takes; null where there is no limit. May be negative where the network was not asked. */
export async function countPlacesLeft(db: Db, event: EventRow, exceptId?: number): Promise<number | null> {
  if (event.capacity === null) return null
  const { rows } = await sql<{ taken: number }>`
    select coalesce(sum(1 + guests), 0)::int4 as taken from rsvps
    where event_id = ${event.id} and status = 'going' and place = 'confirmed'
      and account_id <> ${exceptId ?? 0}`.execute(db)
  return event.capacity - (rows[0]?.taken ?? 0)
}

/** Gives free places to those who wait, first come first served; a party too large for what is left keeps nobody back. */
export async function promoteWaitlist(tx: Tx, event: EventRow): Promise<number[]> {
  let left = await countPlacesLeft(tx, event)
  const waiting = await tx
    .selectFrom('rsvps')
    .select(['id', 'account_id', 'guests'])
    .where('event_id', '=', event.id)
    .where('status', '=', 'going')
    .where('place', '=', 'waitlisted')
    .orderBy('answered_at')
    .orderBy('id')
    .execute()
  const promoted: number[] = []
  for (const { id, account_id: accountId, guests } of waiting) {
    if (left !== null && guests + 1 > left) continue
    left = left === null ? null : left - guests - 1
    await tx.updateTable('rsvps').set({ place: 'confirmed', updated_at: new Date() }).where('id', '=', id).execute()
    promoted.push(accountId)
  }
  return promoted
}
