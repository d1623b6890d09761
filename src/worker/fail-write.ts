import { sql } from 'kysely'
import { backoffMs } from '../base/retry.ts'
import type { Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { type LeasedWrite, delayWrite, finishWrite, parkRepo } from '../records/outbox-store.ts'
import { type RepoPause, pauseRepo } from '../records/repo-pause.ts'
import type { WriteContext } from './write-context.ts'
import type { WriteFailure } from './write-failure.ts'

const backoff = { firstMs: 1_000, maxMs: 10 * 60_000 }
/** A deactivated account says when it is back (`#account`); this is for the case that nobody hears it. */
const awayMs = 60 * 60_000

/** Puts a failed write where its failure belongs: later, until somebody acts, or to an end that its pages show. */
export async function failWrite(
  context: WriteContext,
  write: LeasedWrite,
  failure: Exclude<WriteFailure, { kind: 'swap' }>,
): Promise<void> {
  const { db, log, metrics } = context
  metrics.publishFailures.inc({ kind: failure.kind })
  log.warn('not written', { uri: write.uri, kind: failure.kind, attempts: write.attempts + 1, error: failure.message })
  await db.transaction().execute(async (tx) => {
    await place(tx, write, failure)
    await tellPages(tx, write)
  })
}

async function place(tx: Tx, write: LeasedWrite, failure: Exclude<WriteFailure, { kind: 'swap' }>): Promise<void> {
  const { message: error } = failure
  switch (failure.kind) {
    case 'retry': {
      const own = new Date(Date.now() + backoffMs(write.attempts + 1, backoff))
      const dueAt = failure.retryAt && failure.retryAt > own ? failure.retryAt : own
      if (failure.of === 'record') return delayWrite(tx, write, { dueAt, error, isAttempt: true })
      return holdRepo(tx, write, { reason: failure.of === 'host' ? 'host' : 'rate-limit', until: dueAt, error })
    }
    case 'away':
      return holdRepo(tx, write, { reason: 'away', until: new Date(Date.now() + awayMs), error })
    case 'reconnect': {
      const isParked = await parkRepo(tx, write, error)
      if (isParked) await markWaiting(tx, write.did, error)
      return
    }
    case 'refused':
      if (await finishWrite(tx, write)) await markFailed(tx, write.uri, error)
      return
    default:
      failure satisfies never
  }
}

async function holdRepo(tx: Tx, write: LeasedWrite, pause: RepoPause): Promise<void> {
  await delayWrite(tx, write, { dueAt: pause.until, error: pause.error, isAttempt: true })
  await pauseRepo(tx, write.did, pause)
}

async function markWaiting(tx: Tx, did: string, error: string): Promise<void> {
  await sql`
    update records set sync_status = 'NEEDS_RECONNECT', sync_error = ${error}
    where uri in (select uri from outbox where did = ${did})`.execute(tx)
}

async function markFailed(tx: Tx, uri: string, error: string): Promise<void> {
  await sql`
    update records set sync_status = 'SYNC_FAILED', sync_error = ${error}, writing_cid = null where uri = ${uri}`.execute(
    tx,
  )
}

async function tellPages(tx: Tx, { uri, did }: LeasedWrite): Promise<void> {
  const { rows } = await sql<{ topic: string }>`
    select 'event:' || id as topic from events where uri = ${uri}
    union select 'event:' || event_id from rsvps where uri = ${uri}
    union select 'account:' || id from accounts where did = ${did}`.execute(tx)
  for (const { topic } of rows) await notify(tx, 'live', topic)
}
