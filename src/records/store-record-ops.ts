import { sql } from 'kysely'
import type { RecordOp } from '../atproto/record-op.ts'
import type { JsonObject } from '../base/json.ts'
import type { Tx } from '../db/database.ts'
import { toSqlJson } from '../db/sql-json.ts'
import { RacedError } from '../db/transient-error.ts'

/** An op to be stored: the newest of its record in the batch. */
export type OpToStore = {
  uri: string
  op: RecordOp
  /** What could not be understood of the record. */
  flags: readonly string[]
  /** Older ops of the same record in the same batch, in order. */
  superseded: readonly RecordOp[]
}

/** What was known of a record before an op. */
type PreviousRecord = {
  cid: string | null
  rev: string | null
  deleted: boolean
  origin: 'network' | 'here'
  verified: string
  writingCid: string | null
  /** Of a write that waits for the worker: something here is newer than the network. */
  pendingAction: 'put' | 'delete' | null
  /** The base of a three-way merge; null where no `put` waits. */
  base: JsonObject | null
}

export type StoredOp<T extends OpToStore = OpToStore> = T & {
  previous: PreviousRecord | undefined
  /** It says what we have written, or know already: nothing but the ledger changes. */
  isEcho: boolean
}

export type StoreOptions = {
  /** Take an op of the stored version once more: after it was put aside and its reason is gone. */
  again?: boolean
}

/**
 * Takes ops into the ledger, in the caller's transaction, and returns those that are newer than what was known, in the
 * order of their uris; their rows stay locked. Of one record only one op may be given. Throws RacedError.
 */
export async function storeRecordOps<T extends OpToStore>(
  tx: Tx,
  ops: readonly T[],
  { again = false }: StoreOptions = {},
): Promise<StoredOp<T>[]> {
  if (ops.length === 0) return []
  // One order for everybody who locks several records, or batches deadlock.
  const sorted = ops.toSorted((a, b) => (a.uri < b.uri ? -1 : 1))
  const known = await lockRecords(
    tx,
    sorted.map(({ uri }) => uri),
  )
  await noteProved(tx, sorted, known)
  const winners = sorted.filter(({ uri, op }) => isNewer(op.rev, known.get(uri)?.rev, again))
  if (winners.length === 0) return []
  await upsertRecords(tx, winners, known)
  const stored = winners.map((winner) => {
    const previous = known.get(winner.uri)
    return { ...winner, previous, isEcho: !again && isEcho(winner.op, previous) }
  })
  await dropWrites(tx, stored)
  return stored
}

/** Whether a version comes after the stored one. Revs are TIDs: text order is their order. A write of ours may have no rev yet. */
function isNewer(rev: string, known: string | null | undefined, again: boolean): boolean {
  return !known || known < rev || (again && known === rev)
}

function isEcho(op: RecordOp, previous: PreviousRecord | undefined): boolean {
  if (!previous) return false
  if (op.action === 'delete') return previous.deleted || previous.pendingAction === 'delete'
  if (op.cid === undefined) return false
  return op.cid === previous.writingCid || (op.cid === previous.cid && !previous.deleted)
}

type LockedRecord = Omit<PreviousRecord, 'pendingAction' | 'base'> & { uri: string; isOurs: boolean }

async function lockRecords(tx: Tx, uris: string[]): Promise<Map<string, PreviousRecord>> {
  const { rows } = await sql<LockedRecord>`
    select uri, cid, rev, deleted, origin, verified, writing_cid as "writingCid", sync_status is not null as "isOurs"
    from records where uri = any(${uris}) order by uri for no key update`.execute(tx)
  const ours = rows.filter(({ isOurs, origin }) => isOurs || origin === 'here')
  const writes = await findWrites(
    tx,
    ours.map(({ uri }) => uri),
  )
  const none = { pendingAction: null, base: null }
  return new Map(rows.map((row) => [row.uri, { ...row, ...(writes.get(row.uri) ?? none) }]))
}

type PendingWrite = Pick<PreviousRecord, 'pendingAction' | 'base'>

// A statement of its own: one that waited for the lock would see the outbox as it was before the wait.
async function findWrites(tx: Tx, uris: string[]): Promise<Map<string, PendingWrite>> {
  if (uris.length === 0) return new Map()
  const { rows } = await sql<PendingWrite & { uri: string }>`
    select uri, o.action as "pendingAction", case when o.action = 'put' then coalesce(r.base, r.value) end as base
    from outbox o join records r using (uri) where uri = any(${uris})`.execute(tx)
  return new Map(rows.map(({ uri, ...write }) => [uri, write]))
}

async function upsertRecords(tx: Tx, winners: readonly OpToStore[], known: Map<string, unknown>): Promise<void> {
  const { rows } = await sql<{ uri: string; isNew: boolean }>`
    insert into records as stored (uri, did, collection, rkey, cid, rev, value, deleted, origin, verified, flags)
    select uri, did, collection, rkey, cid, rev, value::json, deleted, 'network', verified, flags
    from json_to_recordset(${toSqlJson(winners.map(toRow))}::json) as op (
      uri text, did text, collection text, rkey text, cid text, rev text, value text, deleted bool, verified text,
      flags text[])
    order by uri collate "C"
    on conflict (uri) do update set
      cid = excluded.cid, rev = excluded.rev, value = excluded.value, deleted = excluded.deleted,
      verified = excluded.verified, flags = excluded.flags,
      base = case when stored.origin = 'here' or stored.base is not null
        then coalesce(excluded.value, stored.base, stored.value) end,
      writing_cid = nullif(stored.writing_cid, excluded.cid),
      proof_due_at = now(), proof_attempts = 0, proof_error = null,
      sync_status = case when not excluded.deleted then stored.sync_status end,
      synced_at = case when stored.sync_status is not null then now() else stored.synced_at end,
      updated_at = case when stored.cid is distinct from excluded.cid then now() else stored.updated_at end
    where stored.rev is null or stored.rev <= excluded.rev
    returning uri, xmax = 0 as "isNew"`.execute(tx)
  // Locked rows cannot have moved. A row we did not see may have come in between.
  if (rows.length < winners.length || rows.some(({ uri, isNew }) => isNew === known.has(uri))) {
    throw new RacedError('A record appeared while its op was being stored')
  }
}

// The value goes in as text: json takes NUL and lone surrogates only so, and keeps it byte for byte.
function toRow({ uri, op, flags }: OpToStore) {
  const { did, collection, rkey, rev, verified } = op
  const isDelete = op.action === 'delete'
  return {
    uri,
    did,
    collection,
    rkey,
    rev,
    verified,
    flags,
    cid: isDelete ? null : (op.cid ?? null),
    value: isDelete ? null : JSON.stringify(op.record),
    deleted: isDelete,
  }
}

/** What is known already may come again by a road on which it is proved. */
async function noteProved(tx: Tx, ops: readonly OpToStore[], known: Map<string, PreviousRecord>): Promise<void> {
  const proved = ops.flatMap(({ uri, op: { cid, rev, verified } }) => {
    const record = known.get(uri)
    const isSame = record?.cid !== null && record?.cid === cid && record?.rev === rev
    return isSame && record.verified === 'no' && verified !== 'no' ? [{ uri, verified }] : []
  })
  if (proved.length === 0) return
  await sql`
    update records r set verified = p.verified, proof_error = null
    from json_to_recordset(${toSqlJson(proved)}::json) as p (uri text, verified text)
    where r.uri = p.uri collate "C"`.execute(tx)
}

/** A record that its person has deleted elsewhere is not written any more. */
async function dropWrites(tx: Tx, stored: readonly StoredOp[]): Promise<void> {
  const uris = stored.flatMap(({ uri, op, previous }) =>
    op.action === 'delete' && previous?.pendingAction === 'put' ? [uri] : [],
  )
  if (uris.length > 0) await sql`delete from outbox where uri = any(${uris})`.execute(tx)
}
