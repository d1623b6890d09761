import { sql } from 'kysely'
import { toAtUri } from '../atproto/at-uri.ts'
import { rsvpCollection } from '../atproto/collections.ts'
import { AppError, invalid } from '../base/errors.ts'
import { newTid } from '../base/tid.ts'
import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { effectiveEnd } from '../events/event-end.ts'
import type { EventRow } from '../events/event-row.ts'
import { lockEvent } from '../events/event-store.ts'
import { isForNetwork, toContent } from '../events/write-event.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import { countPlacesLeft, decidePlace, promoteWaitlist } from './rsvp-place.ts'
import type { RsvpPlace, RsvpStatus } from './rsvp.ts'
import { type AnswerRow, findAnswer } from './rsvp-store.ts'

/** Who answers; without a DID the answer stays here. */
export type Answerer = { id: number; did: string | null }
export type NewAnswer = { status: RsvpStatus; guests?: number | undefined; answer?: string | null | undefined }

export const maxGuests = 10

/**
 * Gives or changes a person's one answer to an event. Where it stands (confirmed, waitlisted, pending) is decided here.
 * Throws AppError where the event takes no answers, or is full.
 */
export async function answerEvent(
  db: Db,
  who: Answerer,
  given: { eventId: number; answer: NewAnswer },
): Promise<AnswerRow> {
  return db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, given.eventId)
    const before = await findAnswer(tx, event.id, who.id)
    const wanted = toWanted(given.answer, event, before)
    assertOpen(event, before, wanted.status)
    if (before && isSameAnswer(before, wanted)) return before
    const place = await decidePlace(tx, event, { accountId: who.id, ...wanted, before })
    if (place === 'full') throw new AppError('conflict', 'This event is full, and it has no waitlist.')
    const uri = await findRecordFor(tx, { event, before, did: who.did })
    const row = await storeAnswer(tx, { event_id: event.id, account_id: who.id, ...wanted, place, uri })
    if (uri !== null && who.did !== null) await enqueueWrite(tx, { uri, did: who.did, action: 'put' })
    if (before?.status === 'going') await promoteWaitlist(tx, event)
    await tellAnswered(tx, event, who.id)
    return row
  })
}

/** Takes a person's answer back, here and in their repo: all their records for this event go. */
export async function withdrawAnswer(db: Db, who: Answerer, eventId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId)
    const before = await findAnswer(tx, event.id, who.id)
    if (!before) return
    await tx.deleteFrom('rsvps').where('id', '=', before.id).execute()
    if (who.did !== null) {
      const uris = await listRecordsFor(tx, event, who.did)
      const all = new Set([...uris, ...(before.uri === null ? [] : [before.uri])])
      for (const uri of [...all].sort()) await enqueueWrite(tx, { uri, did: who.did, action: 'delete' })
    }
    if (before.status === 'going') await promoteWaitlist(tx, event)
    await tellAnswered(tx, event, who.id)
  })
}

/** An event's owner lets somebody in, or does not. Throws AppError where they have not answered, or there is no room. */
export async function decideAnswerOf(
  db: Db,
  eventId: number,
  decision: { accountId: number; place: 'confirmed' | 'declined' },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId)
    const before = await findAnswer(tx, event.id, decision.accountId)
    if (!before) throw new AppError('not-found', 'This person has not answered, or has taken the answer back.')
    if (before.status !== 'going') throw new AppError('conflict', 'This person does not ask to come any more.')
    const place = await placeAfter(tx, event, { before, wanted: decision.place })
    await tx.updateTable('rsvps').set({ place, updated_at: new Date() }).where('id', '=', before.id).execute()
    if (before.place === 'confirmed' && place === 'declined') await promoteWaitlist(tx, event)
    await tellAnswered(tx, event, decision.accountId)
  })
}

/** Answers that somebody gave before they were on the network, to events that are there, go there now. */
export async function publishAnswersOf(tx: Tx, who: { id: number; did: string }): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select r.id from rsvps r join events e on e.id = r.event_id
    where r.account_id = ${who.id} and r.uri is null and e.uri is not null and not e.is_draft
      and (e.visibility = 'public' or e.visibility = 'unlisted' and e.publish_unlisted)
    order by r.id for no key update of r`.execute(tx)
  await publishAnswers(
    tx,
    rows.map(({ id }) => ({ id, did: who.did })),
  )
}

/** Answers given before their event was on the network go there with it. */
export async function publishAnswersTo(tx: Tx, eventUri: string): Promise<void> {
  const { rows } = await sql<{ id: number; did: string }>`
    select r.id, a.did from rsvps r join events e on e.id = r.event_id join accounts a on a.id = r.account_id
    where e.uri = ${eventUri} and r.uri is null and a.did is not null and a.claimed_at is not null
    order by r.id for no key update of r`.execute(tx)
  await publishAnswers(tx, rows)
}

async function publishAnswers(tx: Tx, answers: readonly { id: number; did: string }[]): Promise<void> {
  for (const { id, did } of answers) {
    const uri = mintUri(did)
    await tx.updateTable('rsvps').set({ uri }).where('id', '=', id).execute()
    await enqueueWrite(tx, { uri, did, action: 'put' })
  }
}

type Decision = { before: AnswerRow; wanted: 'confirmed' | 'declined' }

/** A host's yes makes no room: where there is none, their guest waits, or there is no yes. */
async function placeAfter(tx: Tx, event: EventRow, { before, wanted }: Decision): Promise<RsvpPlace> {
  if (wanted === 'declined' || before.place === 'confirmed') return wanted
  const left = await countPlacesLeft(tx, event, before.account_id)
  if (left === null || before.guests + 1 <= left) return 'confirmed'
  if (event.has_waitlist) return 'waitlisted'
  throw new AppError('conflict', 'There is no room left: raise the number of places first.')
}

type Wanted = { status: RsvpStatus; guests: number; answer: string | null }

function toWanted({ status, guests, answer }: NewAnswer, event: EventRow, before: AnswerRow | undefined): Wanted {
  const count = guests ?? (status === 'going' ? (before?.guests ?? 0) : 0)
  if (!Number.isInteger(count) || count < 0 || count > maxGuests)
    throw invalid({ field: 'guests', message: `Bring up to ${maxGuests} people with you.` })
  const text = answer === undefined ? (before?.answer ?? null) : answer?.trim() || null
  if (text !== null && text.length > 1000) throw invalid({ field: 'answer', message: 'Use at most 1000 characters.' })
  if (event.needs_approval && event.approval_question && status === 'going' && text === null)
    throw invalid({ field: 'answer', message: 'The host asks everybody this: please answer.' })
  return { status, guests: status === 'going' ? count : 0, answer: text }
}

function assertOpen(event: EventRow, before: AnswerRow | undefined, status: RsvpStatus): void {
  const refuse = (message: string): never => {
    throw new AppError('conflict', message)
  }
  if (event.is_draft) refuse('This event is a draft: it takes no answers yet.')
  if (!event.rsvp_expected) refuse('This event asks for no answers.')
  if (event.external_rsvp_url !== null) refuse(`Answers to this event are taken at ${event.external_rsvp_url}`)
  // Saying that one does not come is always of use.
  if (status === 'notgoing' && before) return
  if (event.status === 'cancelled') refuse('This event is cancelled.')
  const { starts_at: startsAt, ends_at: endsAt, all_day: allDay } = event
  const end = effectiveEnd({ startsAt, endsAt, allDay })
  if (end && end <= new Date()) refuse('This event is over.')
  if (event.rsvp_deadline && event.rsvp_deadline < new Date()) refuse('Answers to this event are closed.')
}

function isSameAnswer(before: AnswerRow, { status, guests, answer }: Wanted): boolean {
  return before.status === status && before.guests === guests && before.answer === answer
}

type Stored = Wanted & { event_id: number; account_id: number; place: RsvpPlace; uri: string | null }

async function storeAnswer(tx: Tx, { uri, ...answer }: Stored): Promise<AnswerRow> {
  const now = new Date()
  const values = { ...answer, uri, origin: 'here', answered_at: now, updated_at: now }
  const row = await tx
    .insertInto('rsvps')
    .values(values)
    .onConflict((oc) => oc.columns(['event_id', 'account_id']).doUpdateSet(values))
    .returningAll()
    .executeTakeFirstOrThrow()
  return row as AnswerRow
}

type RecordFor = { event: EventRow; before: AnswerRow | undefined; did: string | null }

/** The person's record for this event, whatever its key looks like; a new address where they have none. */
async function findRecordFor(tx: Tx, { event, before, did }: RecordFor): Promise<string | null> {
  if (did === null || event.uri === null) return null
  if (!isForNetwork(toContent(event))) return before?.uri ?? null
  return before?.uri ?? (await listRecordsFor(tx, event, did))[0] ?? mintUri(did)
}

/** Newest first. */
async function listRecordsFor(tx: Tx, { uri }: EventRow, did: string): Promise<string[]> {
  const { rows } = await sql<{ uri: string }>`
    select r.uri from rsvp_records r where r.subject_uri = ${uri} and r.did = ${did}
      and not exists (select from outbox o where o.uri = r.uri and o.action = 'delete')
    order by r.answered_at desc, r.rev desc, r.uri desc`.execute(tx)
  return rows.map((row) => row.uri)
}

function mintUri(did: string): string {
  return toAtUri({ did, collection: rsvpCollection, rkey: newTid() })
}

async function tellAnswered(tx: Tx, { id, owner_id: ownerId }: EventRow, accountId: number): Promise<void> {
  for (const topic of new Set([`event:${id}`, `account:${accountId}`, `account:${ownerId}`]))
    await notify(tx, 'live', topic)
}
