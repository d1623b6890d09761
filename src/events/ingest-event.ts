import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import type { OpToStore, StoredOp } from '../records/store-record-ops.ts'
import type { EventReading } from './event-reading.ts'
import { mergeEventOps } from './merge-event-op.ts'
import { upsertNetworkEvents } from './upsert-network-events.ts'

/** An op of the event collection. `event`: what its record says; undefined for a delete and for a record that says nothing. */
export type EventOpToStore = OpToStore & { event?: EventReading }

export type EventIngest = {
  /** The account of each repo. */
  accountIds: ReadonlyMap<string, number>
  publicUrl: string
}

/** `topics`: whose pages have changed. `newUris`: events that were not known before; answers may be waiting for them. */
export type EventChanges = { topics: string[]; newUris: string[]; conflicts: number }

/** Brings the events to what their records now say, in the transaction that stored the ops. Echoes change nothing. */
export async function ingestEventOps(
  tx: Tx,
  stored: readonly StoredOp<EventOpToStore>[],
  { accountIds, publicUrl }: EventIngest,
): Promise<EventChanges> {
  const foreign = stored.filter(({ isEcho }) => !isEcho)
  const deleted = foreign.filter(({ op }) => op.action === 'delete')
  const unreadable = foreign.filter(({ op, event }) => op.action !== 'delete' && !event)
  // What is to be deleted by the wish of its owner here is not shown again.
  const told = foreign.flatMap((op) =>
    op.event && op.previous?.pendingAction !== 'delete' ? [{ ...op, event: op.event }] : [],
  )
  const { merged, conflicts } = await mergeEventOps(tx, told, publicUrl)
  const written = await upsertNetworkEvents(
    tx,
    merged.map(({ uri, op, event }) => ({ uri, ownerId: accountIds.get(op.did) ?? missingAccount(op.did), event })),
  )
  const gone = [
    ...(await removeEvents(tx, uris(deleted))),
    ...(await hideEvents(tx, uris(unreadable), 'record-unreadable')),
  ]
  return {
    topics: [...written, ...gone].flatMap(({ id, ownerId }) => [`event:${id}`, `account:${ownerId}`, 'explore']),
    newUris: written.flatMap(({ uri, isNew }) => (isNew ? [uri] : [])),
    conflicts,
  }
}

type ChangedEvent = { id: number; ownerId: number }

/** Events of the network go; one that was made here stays for its owner, who may publish it again. */
async function removeEvents(tx: Tx, gone: string[]): Promise<ChangedEvent[]> {
  if (gone.length === 0) return []
  const { rows } = await sql<ChangedEvent>`
    delete from events where uri = any(${gone}) and origin = 'network' returning id, owner_id as "ownerId"`.execute(tx)
  return [...rows, ...(await hideEvents(tx, gone, 'deleted-on-network'))]
}

async function hideEvents(
  tx: Tx,
  hidden: string[],
  reason: 'deleted-on-network' | 'record-unreadable',
): Promise<ChangedEvent[]> {
  if (hidden.length === 0) return []
  const { rows } = await sql<ChangedEvent>`
    update events set hidden_reason = ${reason}, updated_at = now(), version = version + 1
    where uri = any(${hidden}) and (hidden_reason is null or hidden_reason <> ${reason})
    returning id, owner_id as "ownerId"`.execute(tx)
  return rows
}

function uris(ops: readonly OpToStore[]): string[] {
  return ops.map(({ uri }) => uri)
}

function missingAccount(did: string): never {
  throw new Error(`${did} has no account`)
}
