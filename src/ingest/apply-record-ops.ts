import { sql } from 'kysely'
import { eventCollection } from '../atproto/collections.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import { ensureShadowAccounts } from '../accounts/account-store.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Tx } from '../db/database.ts'
import { ingestEventOps } from '../events/ingest-event.ts'
import { type StoredOp, storeRecordOps } from '../records/store-record-ops.ts'
import { attachPendingRsvps, ingestRsvpOps } from '../rsvps/ingest-rsvp.ts'
import { dropOutdated, putAside } from './dead-letter-store.ts'
import { type ReadOp, isUnreadable, readOps } from './read-op.ts'

export type ApplyOptions = {
  publicUrl: string
  metrics?: Pick<Metrics, 'shadowAccountsCreated' | 'syncConflicts'> | undefined
  /** See StoreOptions. */
  again?: boolean
}

export type Applied = { topics: string[]; stored: readonly StoredOp<ReadOp>[] }

/** Takes in the ops of records and all that follows from them, in the caller's transaction. */
export async function applyRecordOps(tx: Tx, ops: readonly RecordOp[], options: ApplyOptions): Promise<Applied> {
  const read = await readOps(ops)
  await lockEvents(tx, read)
  const stored = await storeRecordOps(tx, read, { again: options.again ?? false })
  if (stored.length === 0) return { topics: [], stored }
  const isEvent = ({ op }: ReadOp) => op.collection === eventCollection
  const accountIds = await ensureShadowAccounts(tx, didsToKnow(stored), options.metrics)
  const events = await ingestEventOps(tx, stored.filter(isEvent), { accountIds, publicUrl: options.publicUrl })
  options.metrics?.syncConflicts.inc(events.conflicts)
  const answers = await ingestRsvpOps(
    tx,
    stored.filter((op) => !isEvent(op)),
  )
  const attached = await attachPendingRsvps(tx, events.newUris)
  await dropOutdated(tx, stored)
  for (const op of stored.filter(isUnreadable)) await putAside(tx, unreadable(op))
  return { topics: [...events.topics, ...answers, ...attached], stored }
}

/** Who has something to show here. A delete, an echo or a record that says nothing makes nobody known. */
function didsToKnow(stored: readonly StoredOp<ReadOp>[]): string[] {
  return stored.flatMap(({ op, isEcho, event, rsvp }) => (!isEcho && (event || rsvp) ? [op.did] : []))
}

function unreadable({ op, flags }: ReadOp) {
  return { op, reason: 'record-unreadable', error: flags.join(', ') || 'nothing in it can be used' }
}

/**
 * Locks the events that are told of, or answered, against changes by people, before any record is locked: an edit here
 * takes its event first and its record second, and so must we.
 */
async function lockEvents(tx: Tx, read: readonly ReadOp[]): Promise<void> {
  const events = read.map(({ uri, rsvp }) => rsvp?.subjectUri ?? uri)
  const rsvps = read.flatMap(({ uri, op }) => (op.collection === eventCollection ? [] : [uri]))
  await sql`
    select id from events
    where uri = any(${events}) or uri in (select subject_uri from rsvp_records where uri = any(${rsvps}))
    order by id for no key update`.execute(tx)
}
