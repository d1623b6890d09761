import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import type { EventRow } from '../events/event-row.ts'
import { lockEvent } from '../events/event-store.ts'
import { type AnswerState, type NewestRecord, decideAnswer } from './derive-answers.ts'
import { decidePlace, promoteWaitlist } from './rsvp-place.ts'

/** Carries out what follows from the records, and returns the topics whose pages changed. Their events are locked. */
export async function followRecords(tx: Tx, states: readonly AnswerState[]): Promise<string[]> {
  const decided = states.map((state) => ({ state, decision: decideAnswer(state) }))
  const removed = decided.flatMap(({ state, decision }) => (decision === 'remove' ? [state] : []))
  const followed = decided.flatMap(({ state, decision }) => (decision === 'follow' ? [state] : []))
  await removeAnswers(tx, removed)
  await upsertAnswers(tx, followed)
  const changed = [...removed, ...followed]
  const promoted = await applyRules(tx, followed, changed)
  const told = [...changed.map(({ eventId, accountId }) => ({ eventId, accountId })), ...promoted]
  return told.flatMap(({ eventId, accountId }) => [`event:${eventId}`, `account:${accountId}`])
}

/**
 * Events with a limit or a host who lets people in: an answer from the network gets the place that one given here would
 * have got, and a place that is free again goes to whoever waits.
 */
async function applyRules(
  tx: Tx,
  followed: readonly AnswerState[],
  changed: readonly AnswerState[],
): Promise<{ eventId: number; accountId: number }[]> {
  const promoted: { eventId: number; accountId: number }[] = []
  for (const eventId of new Set(changed.flatMap((state) => (state.hasRules ? [state.eventId] : [])))) {
    const event = await lockEvent(tx, eventId)
    for (const state of followed.filter((one) => one.eventId === eventId)) await place(tx, event, state)
    const people = await promoteWaitlist(tx, event)
    promoted.push(...people.map((accountId) => ({ eventId, accountId })))
  }
  return promoted
}

async function place(tx: Tx, event: EventRow, { accountId, current, newest }: AnswerState): Promise<void> {
  if (!newest) return
  const before = current ?? undefined
  const decided = await decidePlace(tx, event, { accountId, status: newest.status, guests: 0, before })
  // The record says that they come; that there is no room is told here.
  const kept = decided === 'full' ? 'waitlisted' : decided
  await sql`
    update rsvps set place = ${kept} where event_id = ${event.id} and account_id = ${accountId} and place <> ${kept}`.execute(
    tx,
  )
}

async function removeAnswers(tx: Tx, states: readonly AnswerState[]): Promise<void> {
  const ids = states.flatMap(({ current }) => (current ? [current.id] : []))
  if (ids.length > 0) await sql`delete from rsvps where id = any(${ids})`.execute(tx)
}

async function upsertAnswers(tx: Tx, states: readonly AnswerState[]): Promise<void> {
  if (states.length === 0) return
  await sql`
    insert into rsvps (event_id, account_id, status, place, uri, origin, answered_at)
    select event_id, account_id, status, place, uri, 'network', answered_at
    from json_to_recordset(${JSON.stringify(states.map(toRow))}::json) as x (
      event_id int8, account_id int8, status text, place text, uri text, answered_at timestamptz)
    order by event_id, account_id
    on conflict (event_id, account_id) do update set
      status = excluded.status, place = excluded.place, uri = excluded.uri, origin = excluded.origin,
      answered_at = excluded.answered_at, updated_at = now()`.execute(tx)
}

function toRow({ eventId, accountId, current, newest }: AnswerState) {
  const { status, uri, answeredAt } = newest as NewestRecord
  // A place that was given by hand outlives a repeated answer.
  const place = current?.status === status ? current.place : 'confirmed'
  return { event_id: eventId, account_id: accountId, status, place, uri, answered_at: answeredAt }
}
