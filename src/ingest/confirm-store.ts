import { sql } from 'kysely'
import type { JsonObject } from '../base/json.ts'
import type { Db } from '../db/database.ts'

/** A version of a record that nobody has proved yet. */
export type Unproved = {
  uri: string
  did: string
  collection: string
  rkey: string
  cid: string
  rev: string
  value: JsonObject
  attempts: number
}

/** Those that are due, the longest waiting first. What is about to be written here is left until it was. */
export async function listUnproved(db: Db, limit: number): Promise<Unproved[]> {
  const { rows } = await sql<Unproved>`
    select uri, did, collection, rkey, cid, rev, value, proof_attempts as attempts from records r
    where verified = 'no' and not deleted and cid is not null and rev is not null and proof_due_at <= now()
      and writing_cid is null and not exists (select from outbox o where o.uri = r.uri)
    order by proof_due_at limit ${limit}`.execute(db)
  return rows
}

/** The author's PDS has proved this very version. False where another has come meanwhile. */
export async function markProved(db: Db, { uri, cid }: Unproved): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update records set verified = 'proof', proof_error = null
    where uri = ${uri} and cid = ${cid} and verified = 'no'`.execute(db)
  return numAffectedRows === 1n
}

/** It could not be proved, for this reason: looked at again at `dueAt`. */
export async function delayProof(
  db: Db,
  { uri, cid }: Unproved,
  { error, dueAt }: { error: string; dueAt: Date },
): Promise<void> {
  await sql`
    update records set proof_error = ${error.slice(0, 500)}, proof_due_at = ${dueAt}, proof_attempts = proof_attempts + 1
    where uri = ${uri} and cid = ${cid} and verified = 'no'`.execute(db)
}

/** Makes room for others: these were not looked at. */
export async function postponeProofs(db: Db, uris: readonly string[], dueAt: Date): Promise<void> {
  if (uris.length === 0) return
  await sql`
    update records set proof_due_at = ${dueAt} where uri = any(${uris}) and verified = 'no'`.execute(db)
}
