import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import type { BadOp, Op, RecordOp, SourceBatch } from '../atproto/record-op.ts'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import type { Db, Tx } from '../db/database.ts'
import { isTransientError } from '../db/transient-error.ts'
import { type ApplyOptions, applyRecordOps } from './apply-record-ops.ts'
import { storeCursor, storeNotices } from './cursor-store.ts'
import { putAside } from './dead-letter-store.ts'
import { refuseOp } from './read-op.ts'
import { type RepoOp, applyRepoOps } from './repo-ops.ts'
import { Tally } from './tally.ts'
import { toWaves } from './waves.ts'

export type DispatchDeps = {
  db: Db
  log: Log
  /** Of this site: written into records that a merge makes. */
  publicUrl: string
  metrics?: Pick<Metrics, 'shadowAccountsCreated' | 'syncConflicts'>
  signal?: AbortSignal
  /** Ops of a version that is known are taken in once more: see StoreOptions. */
  again?: boolean
}

/** Ops to take in; those of a file or of the dead letters have no cursor. */
export type Batch = Pick<SourceBatch, 'messages'> & Partial<Pick<SourceBatch, 'cursor' | 'host' | 'notices'>>

const backoff = { firstMs: 20, maxMs: 10_000 }

/**
 * Takes a batch in, in one transaction with the source's cursor: its effects are there exactly when the cursor has
 * passed them. Waits as long as it takes for the database. What an op does wrong costs that op only: it is put aside.
 * Throws nothing but the signal's reason, and then nothing has happened.
 */
export async function dispatchBatch(deps: DispatchDeps, source: string, batch: Batch): Promise<Tally> {
  let apply = applyTogether
  for (let attempt = 1; ; attempt++) {
    deps.signal?.throwIfAborted()
    try {
      return await deps.db.transaction().execute((tx) => applyBatch(tx, { deps, source, batch, apply }))
    } catch (error) {
      const isWorthAnotherTry = isTransientError(error) || apply === applyOneByOne
      deps.log.warn('batch not taken in', { source, attempt, ops: batch.messages.length, error: errorText(error) })
      if (isWorthAnotherTry) await wait(backoffMs(attempt, backoff), undefined, { signal: deps.signal })
      else apply = applyOneByOne
    }
  }
}

type Apply = (tx: Tx, ops: readonly Op[], work: Work) => Promise<void>
type Work = { source: string; options: ApplyOptions; tally: Tally; topics: string[] }

async function applyBatch(
  tx: Tx,
  { deps, source, batch, apply }: { deps: DispatchDeps; source: string; batch: Batch; apply: Apply },
): Promise<Tally> {
  const work: Work = { source, options: deps, tally: new Tally(), topics: [] }
  const ops = batch.messages.map(({ op }) => (op.kind === 'bad' ? op : (refuseOp(op) ?? op)))
  for (const op of ops) if (op.kind === 'bad') await putBadAside(tx, op, work)
  await apply(tx, ops, work)
  const { cursor, host = '', notices = [] } = batch
  await storeNotices(tx, source, notices)
  if (cursor !== undefined) {
    await storeCursor(tx, source, { cursor, host, restarts: notices.some(({ restarts }) => restarts) })
  }
  await tellLive(tx, work.topics)
  return work.tally
}

async function applyTogether(tx: Tx, ops: readonly Op[], { source, options, tally, topics }: Work): Promise<void> {
  for (const { records, repos } of toWaves(ops)) {
    const applied = await applyRecordOps(tx, records, options)
    tally.addStored(records, applied.stored)
    topics.push(...applied.topics, ...(await applyRepoOps(tx, source, repos)))
  }
}

/** Each op for itself, so that those that cannot be taken in are found. */
async function applyOneByOne(tx: Tx, ops: readonly Op[], work: Work): Promise<void> {
  for (const op of ops) {
    await sql`savepoint op`.execute(tx)
    const attempt: Work = { ...work, tally: new Tally(), topics: [] }
    try {
      await applyTogether(tx, [op], attempt)
      work.tally.add(attempt.tally)
      work.topics.push(...attempt.topics)
    } catch (error) {
      // Where the connection is gone this throws, and the whole batch is tried again.
      await sql`rollback to savepoint op`.execute(tx)
      if (isTransientError(error) || op.kind === 'bad') throw error
      await putFailedAside(tx, op.kind === 'record' ? op : toBadOp(op, error), { error, work })
    }
    await sql`release savepoint op`.execute(tx)
  }
}

async function putBadAside(tx: Tx, op: BadOp, { tally }: Work): Promise<void> {
  tally.addAside(op, await putAside(tx, { op, reason: op.reason, error: op.error }))
}

function toBadOp(raw: RepoOp, error: unknown): BadOp {
  return { kind: 'bad', reason: failureReason(error), error: errorText(error), raw }
}

async function putFailedAside(
  tx: Tx,
  op: RecordOp | BadOp,
  { error, work }: { error: unknown; work: Work },
): Promise<void> {
  const letter = { op, reason: failureReason(error), error: errorText(error) }
  await sql`savepoint letter`.execute(tx)
  try {
    work.tally.addAside(op, await putAside(tx, letter))
  } catch (again) {
    // The record cannot even be kept as text: its address is, and it can be fetched again.
    await sql`rollback to savepoint letter`.execute(tx)
    if (isTransientError(again)) throw again
    const rest = op.kind === 'bad' ? { ...op, raw: null } : { ...op, record: undefined }
    work.tally.addAside(op, await putAside(tx, { ...letter, op: rest }))
  }
}

/** The database refused the values, or our own reading of them failed. */
function failureReason(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? 'database-refused'
    : 'reading-failed'
}

async function tellLive(tx: Tx, topics: readonly string[]): Promise<void> {
  if (topics.length > 0)
    await sql`select pg_notify('live', topic) from unnest(${[...new Set(topics)]}::text[]) as topic`.execute(tx)
}
