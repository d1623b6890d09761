import { setTimeout as wait } from 'node:timers/promises'
import { parseAtUri } from '../atproto/at-uri.ts'
import { deleteRecord, fetchLatestRev, fetchRecord, putRecord, uploadBlob } from '../atproto/pds-records.ts'
import type { PdsSession } from '../atproto/pds-session.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import type { Db } from '../db/database.ts'
import { isTransientError } from '../db/transient-error.ts'
import { dispatchBatch } from '../ingest/dispatch.ts'
import { type LeasedWrite, delayWrite, finishWrite } from '../records/outbox-store.ts'
import { pauseRepo } from '../records/repo-pause.ts'
import { failWrite } from './fail-write.ts'
import { type Outcome, noteWritten } from './finish-write.ts'
import { type PreparedPut, type PreparedWrite, prepareWrite } from './prepare-write.ts'
import type { WriteContext } from './write-context.ts'
import { type WriteFailure, toWriteFailure } from './write-failure.ts'

/** Of versions that keep changing under us: after so many tries it waits as after any other failure. */
const patientTries = 5

/** Carries out one write that is due, whatever comes of it. Throws only where the database does: then its lease runs out. */
export async function publishWrite(context: WriteContext, write: LeasedWrite): Promise<void> {
  const { db, publicUrl } = context
  const prepared = await db
    .transaction()
    .execute((tx) => prepareWrite(tx, write, publicUrl))
    .catch(async (error: unknown) => {
      if (isTransientError(error)) throw error
      await takeFailure(context, write, toWriteFailure(error))
    })
  if (!prepared || prepared.kind === 'done') return
  if (prepared.kind === 'wait') return delayWrite(db, write, { dueAt: null, error: prepared.reason, isAttempt: false })
  const outcome = await askHost(context, write, prepared)
  if (!outcome) return
  await retryWhileRaced(() => db.transaction().execute((tx) => noteWritten(tx, write, context, outcome)))
  noteMetrics(context, write, outcome.kind)
}

type Sendable = Exclude<PreparedWrite, { kind: 'done' | 'wait' }>

/** All that is asked of the person's server, unless it is left alone just now. Undefined: nothing was written, and that is noted. */
async function askHost(context: WriteContext, write: LeasedWrite, prepared: Sendable): Promise<Outcome | undefined> {
  const { db, breaker } = context
  const host = await findHost(context, write.did)
  const openUntil = breaker.enter(host)
  if (openUntil) {
    const error = `${host} does not answer`
    await delayWrite(db, write, { dueAt: openUntil, error, isAttempt: false })
    await pauseRepo(db, write.did, { reason: 'host', until: openUntil, error })
    return undefined
  }
  try {
    const outcome = await send(context, write, prepared)
    breaker.succeeded(host)
    return outcome
  } catch (error) {
    const failure = toWriteFailure(error)
    if (failure.kind === 'retry' && failure.of === 'host') breaker.failed(host)
    else breaker.succeeded(host)
    await takeFailure(context, write, failure)
    return undefined
  }
}

async function send(context: WriteContext, write: LeasedWrite, prepared: Sendable): Promise<Outcome | undefined> {
  const session = await context.oauth.pdsSession(write.did)
  if (prepared.kind === 'look') {
    await takeTheirs(context, session, write)
    return undefined
  }
  if (prepared.kind === 'delete') return { kind: 'delete', rev: await deleteRecord(session, prepared) }
  await sendBlobs(context, session, prepared)
  const { rev } = await putRecord(session, prepared)
  return { kind: 'put', put: prepared, rev }
}

/** Pictures of ours; one that the record had before is there already, and another app's is not ours to send. */
async function sendBlobs({ db }: WriteContext, session: PdsSession, { blobs }: PreparedPut): Promise<void> {
  for (const cid of blobs) {
    const blob = await db.selectFrom('blobs').select(['bytes', 'mime_type']).where('cid', '=', cid).executeTakeFirst()
    if (blob) await uploadBlob(session, new Uint8Array(blob.bytes), blob.mime_type)
  }
}

/** The PDS has taken it: what we know must follow, however often the database asks to try again. */
async function retryWhileRaced(task: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await task()
    } catch (error) {
      if (!isTransientError(error) || tries >= 5) throw error
      await wait(20 * tries)
    }
  }
}

async function takeFailure(context: WriteContext, write: LeasedWrite, failure: WriteFailure): Promise<void> {
  if (failure.kind !== 'swap') return failWrite(context, write, failure)
  if (write.attempts >= patientTries)
    return failWrite(context, write, { kind: 'retry', message: 'The record keeps changing', of: 'record' })
  try {
    await takeTheirs(context, await context.oauth.pdsSession(write.did), write)
  } catch (error) {
    const again = toWriteFailure(error)
    if (again.kind !== 'swap') await failWrite(context, write, again)
  }
}

/**
 * The PDS wins, visibly: its version is taken in by the road on which all versions come, which merges it with the edit
 * that waits and orders the merged record to be written, or notes a conflict.
 */
async function takeTheirs(context: WriteContext, session: PdsSession, write: LeasedWrite): Promise<void> {
  const { db, metrics, log, publicUrl } = context
  const { collection, rkey } = parseAtUri(write.uri) ?? { collection: '', rkey: '' }
  // The rev first: a version that comes between the two questions has a later one, and is told again by the network.
  const rev = await fetchLatestRev(session)
  const theirs = await fetchRecord(session, { collection, rkey })
  const base = { kind: 'record', did: write.did, collection, rkey, rev, verified: 'no', live: false } as const
  const op: RecordOp = theirs
    ? { ...base, action: 'update', cid: theirs.cid, record: theirs.value }
    : { ...base, action: 'delete' }
  // What was never there has not been deleted: a first write that did not arrive is written again.
  if (theirs || (await wasThere(db, write.uri)))
    await dispatchBatch({ db, log, publicUrl, metrics }, 'pds', { messages: [{ cursor: 0, op }] })
  await db.transaction().execute(async (tx) => {
    // Known now, or never there.
    await tx.updateTable('records').set({ writing_cid: null }).where('uri', '=', write.uri).execute()
    const before = await tx.selectFrom('outbox').select('version').where('uri', '=', write.uri).executeTakeFirst()
    // Merged anew, or ended: the lease is given back. Else the network has told us meanwhile: once more.
    if (before?.version !== write.version) await finishWrite(tx, write)
    else await delayWrite(tx, write, { dueAt: new Date(), error: 'The record changed on the PDS', isAttempt: true })
  })
}

async function wasThere(db: Db, uri: string): Promise<boolean> {
  const row = await db.selectFrom('records').select('cid').where('uri', '=', uri).executeTakeFirst()
  return row !== undefined && row.cid !== null
}

async function findHost({ identities }: WriteContext, did: string): Promise<string> {
  const identity = await identities.resolveDid(did).catch(() => undefined)
  return identity?.pdsUrl ? new URL(identity.pdsUrl).host : did
}

function noteMetrics({ metrics }: WriteContext, { uri, enqueuedAt }: LeasedWrite, action: Outcome['kind']): void {
  metrics.eventsPublished.inc({ collection: parseAtUri(uri)?.collection ?? '', action })
  metrics.eventPublishDuration.observe((Date.now() - enqueuedAt.getTime()) / 1000)
}
