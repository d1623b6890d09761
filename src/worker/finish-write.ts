import { sql } from 'kysely'
import { eventCollection } from '../atproto/collections.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import type { Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { applyRecordOps } from '../ingest/apply-record-ops.ts'
import { type LeasedWrite, finishWrite, resumeWrites } from '../records/outbox-store.ts'
import { listWaitingAnswers } from '../rsvps/publish-rsvp.ts'
import { publishAnswersTo } from '../rsvps/write-rsvp.ts'
import type { PreparedPut } from './prepare-write.ts'
import type { WriteContext } from './write-context.ts'

/** What the PDS said to a write. */
export type Outcome =
  | { kind: 'put'; put: PreparedPut; rev: string | undefined }
  | { kind: 'delete'; rev: string | undefined }

/**
 * Takes a write into the ledger as the network will tell it, in one transaction with the end of its order; the op that
 * comes later from the network is then a replay. An order that changed meanwhile stays, and its turn comes again.
 */
export async function noteWritten(tx: Tx, write: LeasedWrite, context: WriteContext, outcome: Outcome): Promise<void> {
  const { publicUrl, metrics } = context
  const isFirst = outcome.kind === 'put' && outcome.put.swapCid === null
  if (outcome.rev !== undefined) await applyRecordOps(tx, [toOp(write, outcome, outcome.rev)], { publicUrl, metrics })
  else await noteSame(tx, write, outcome)
  const isDone = await finishWrite(tx, write)
  if (isDone && outcome.kind === 'put') await markInSync(tx, write.uri)
  if (isFirst && outcome.put.collection === eventCollection) {
    await resumeWrites(tx, await listWaitingAnswers(tx, write.uri))
    await publishAnswersTo(tx, write.uri)
  }
  for (const topic of outcome.kind === 'put' ? outcome.put.topics : []) await notify(tx, 'live', topic)
}

function toOp({ uri, did }: LeasedWrite, outcome: Outcome, rev: string): RecordOp {
  const [, , , collection = '', rkey = ''] = uri.split('/')
  const base = { kind: 'record', did, collection, rkey, rev, verified: 'no', live: false } as const
  if (outcome.kind === 'delete') return { ...base, action: 'delete' }
  return { ...base, action: 'update', cid: outcome.put.cid, record: outcome.put.record }
}

/** The PDS had it so already, and made no commit: a retry after a lost answer. */
async function noteSame(tx: Tx, { uri }: LeasedWrite, outcome: Outcome): Promise<void> {
  if (outcome.kind === 'delete') {
    await sql`
      update records set deleted = true, cid = null, value = null, base = null, writing_cid = null, sync_status = null
      where uri = ${uri}`.execute(tx)
    await sql`delete from rsvp_records where uri = ${uri}`.execute(tx)
    return
  }
  const { cid, record } = outcome.put
  await sql`
    update records set cid = ${cid}, value = ${JSON.stringify(record)}::json, base = ${JSON.stringify(record)}::json,
      deleted = false, writing_cid = null, synced_at = now()
    where uri = ${uri}`.execute(tx)
}

async function markInSync(tx: Tx, uri: string): Promise<void> {
  await sql`
    update records set sync_status = 'IN_SYNC', sync_error = null, base = value, synced_at = now()
    where uri = ${uri}`.execute(tx)
}
