import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import { type AnswerState, type NewestRecord, decideAnswer } from './derive-answers.ts'

/** Carries out what follows from the records, and returns the topics whose pages changed. */
export async function followRecords(tx: Tx, states: readonly AnswerState[]): Promise<string[]> {
  const decided = states.map((state) => ({ state, decision: decideAnswer(state) }))
  const removed = decided.flatMap(({ state, decision }) => (decision === 'remove' ? [state] : []))
  const followed = decided.flatMap(({ state, decision }) => (decision === 'follow' ? [state] : []))
  await removeAnswers(tx, removed)
  await upsertAnswers(tx, followed)
  return [...removed, ...followed].flatMap(({ eventId, accountId }) => [`event:${eventId}`, `account:${accountId}`])
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
