import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import { toSqlJson } from '../db/sql-json.ts'
import type { OpToStore, StoredOp } from '../records/store-record-ops.ts'
import { type AnswerKey, readAnswerStates } from './derive-answers.ts'
import { followRecords } from './follow-records.ts'
import type { RsvpDetails } from './rsvp.ts'

/** An op of the RSVP collection. `rsvp`: what its record says; undefined for a delete and where it names no event or answer. */
export type RsvpOpToStore = OpToStore & { rsvp?: RsvpDetails }

type StoredRsvpOp = StoredOp<RsvpOpToStore>

/**
 * Brings the answers to what the records now say, in the transaction that stored the ops; returns the topics whose pages
 * changed. A record whose event is not known yet is kept and waits. Echoes change no answer.
 */
export async function ingestRsvpOps(tx: Tx, stored: readonly StoredRsvpOp[]): Promise<string[]> {
  if (stored.length === 0) return []
  const gone = await removeRecords(
    tx,
    stored.filter(({ rsvp }) => !rsvp),
  )
  const before = await upsertRecords(
    tx,
    stored.filter(({ rsvp }) => rsvp),
  )
  const foreign = new Map(stored.flatMap((op) => (op.isEcho ? [] : [[op.uri, op] as const])))
  const touched = [...gone, ...before].filter(({ uri }) => foreign.has(uri))
  const moved = touched.filter(({ uri, subjectUri }) => foreign.get(uri)?.rsvp?.subjectUri !== subjectUri)
  const told = [...foreign.values()].flatMap(({ op, rsvp }) =>
    rsvp ? [{ did: op.did, subjectUri: rsvp.subjectUri }] : [],
  )
  return deriveAnswers(
    tx,
    [...touched, ...told],
    moved.map(({ uri }) => uri),
  )
}

/** Takes in the answers that came before their events. */
export async function attachPendingRsvps(tx: Tx, eventUris: readonly string[]): Promise<string[]> {
  if (eventUris.length === 0) return []
  const { rows } = await sql<AnswerKey>`
    select distinct did, subject_uri as "subjectUri" from rsvp_records where subject_uri = any(${eventUris})`.execute(
    tx,
  )
  return deriveAnswers(tx, rows)
}

/** All records of a repo that is no more. */
export async function removeRsvpsOf(tx: Tx, did: string): Promise<string[]> {
  const { rows } = await sql<AnswerKey>`
    delete from rsvp_records where did = ${did} returning did, subject_uri as "subjectUri"`.execute(tx)
  return deriveAnswers(tx, rows)
}

/** How many answers wait for an event that is not known. */
export async function countPendingRsvps(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int4 as count from rsvp_records r
    where not exists (select from events e where e.uri = r.subject_uri)`.execute(db)
  return rows[0]?.count ?? 0
}

/** `moved`: records that now answer another event than before. */
async function deriveAnswers(tx: Tx, keys: readonly AnswerKey[], moved: readonly string[] = []): Promise<string[]> {
  const states = await readAnswerStates(tx, keys)
  // A record belongs to one answer at a time (unique): it leaves the old one before the new one takes it.
  if (moved.length > 0) await sql`update rsvps set uri = null where uri = any(${moved})`.execute(tx)
  return followRecords(tx, states)
}

type RecordBefore = AnswerKey & { uri: string }

async function removeRecords(tx: Tx, ops: readonly StoredRsvpOp[]): Promise<RecordBefore[]> {
  if (ops.length === 0) return []
  const { rows } = await sql<RecordBefore>`
    delete from rsvp_records where uri = any(${ops.map(({ uri }) => uri)})
    returning uri, did, subject_uri as "subjectUri"`.execute(tx)
  return rows
}

/** Returns what the records said before, where they were known. */
async function upsertRecords(tx: Tx, ops: readonly StoredRsvpOp[]): Promise<RecordBefore[]> {
  if (ops.length === 0) return []
  const { rows } = await sql<RecordBefore>`
    with op as (
      select * from json_to_recordset(${toSqlJson(ops.map(toRow))}::json) as x (
        uri text, did text, subject_uri text, subject_cid text, status text, answered_at timestamptz, rev text,
        flags text[])
    ), written as (
      insert into rsvp_records (uri, did, subject_uri, subject_cid, status, answered_at, rev, flags)
      select uri, did, subject_uri, subject_cid, status, answered_at, rev, flags from op order by uri collate "C"
      on conflict (uri) do update set
        subject_uri = excluded.subject_uri, subject_cid = excluded.subject_cid, status = excluded.status,
        answered_at = excluded.answered_at, rev = excluded.rev, flags = excluded.flags
    )
    select uri, did, subject_uri as "subjectUri" from rsvp_records
    where uri in (select uri collate "C" from op)`.execute(tx)
  return rows
}

function toRow({ uri, op, rsvp, flags }: StoredRsvpOp) {
  return {
    uri,
    did: op.did,
    subject_uri: rsvp?.subjectUri,
    subject_cid: rsvp?.subjectCid,
    status: rsvp?.status,
    answered_at: rsvp?.answeredAt,
    rev: op.rev,
    flags,
  }
}

/** The latest events a person has answered: their pages count the person. */
export async function listAnsweredEvents(tx: Tx, accountId: number): Promise<number[]> {
  const { rows } = await sql<{ eventId: number }>`
    select event_id as "eventId" from rsvps where account_id = ${accountId} order by id desc limit 500`.execute(tx)
  return rows.map(({ eventId }) => eventId)
}
