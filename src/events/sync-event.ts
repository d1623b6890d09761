import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import { recordCid } from '../records/record-cid.ts'
import { findRecord } from '../records/record-store.ts'
import { findPause, liftPause } from '../records/repo-pause.ts'
import type { EventRow } from './event-row.ts'
import { lockEvent } from './event-store.ts'
import { buildEventRecord } from './publish-event.ts'
import { type EventOwner, isForNetwork, mintEventUri, tellChanged, toContent } from './write-event.ts'

/**
 * What "sync now" comes to. `queued`: it differs, and is written at once. `in-sync`: there is nothing to write. Of the
 * others the write waits (`needs-reconnect`, `host-away`, `rate-limit`), or the event is not for the network at all.
 */
type SyncOutcome =
  | 'queued'
  | 'in-sync'
  | 'needs-reconnect'
  | 'host-away'
  | 'rate-limit'
  | 'draft'
  | 'private'
  | 'unlisted'
  | 'not-connected'

/** Writes the event's record now where it differs from the last known one, or says why not. */
export async function syncEvent(
  db: Db,
  owner: EventOwner,
  { id, publicUrl }: { id: number; publicUrl: string },
): Promise<SyncOutcome> {
  return db.transaction().execute(async (tx) => {
    const row = await lockEvent(tx, id)
    const reason = findReasonToStay(row, owner)
    if (reason !== undefined || owner.did === null) return reason ?? 'not-connected'
    const { did } = owner
    const uri = row.uri ?? mintEventUri(did)
    if (row.uri === null) await tx.updateTable('events').set({ uri }).where('id', '=', id).execute()
    const waits = await isWaiting(tx, uri)
    if (!waits && (await isInSync(tx, uri, publicUrl))) return 'in-sync'
    const isConnected = await hasSession(tx, did)
    // What waits for its person stays as it is, and says so.
    if (isConnected || !waits) await enqueueWrite(tx, { uri, did, action: 'put' })
    await tellChanged(tx, row)
    return isConnected ? askAgain(tx, did) : 'needs-reconnect'
  })
}

function findReasonToStay(row: EventRow, { did }: EventOwner): SyncOutcome | undefined {
  if (row.is_draft) return 'draft'
  if (row.visibility === 'private') return 'private'
  if (!isForNetwork(toContent(row))) return 'unlisted'
  return did === null ? 'not-connected' : undefined
}

/** Whoever presses the button knows more than we do: a server that was away is asked once more. */
async function askAgain(tx: Tx, did: string): Promise<SyncOutcome> {
  const pause = await findPause(tx, did)
  if (!pause) return 'queued'
  if (pause.reason === 'rate-limit') return 'rate-limit'
  await liftPause(tx, did)
  return 'host-away'
}

async function isWaiting(tx: Tx, uri: string): Promise<boolean> {
  return (await tx.selectFrom('outbox').select('uri').where('uri', '=', uri).executeTakeFirst()) !== undefined
}

async function isInSync(tx: Tx, uri: string, publicUrl: string): Promise<boolean> {
  const known = await findRecord(tx, uri)
  if (!known || known.deleted || known.sync_status === 'SYNC_FAILED') return false
  const base = known.value as Parameters<typeof recordCid>[0] | null
  const built = base && (await buildEventRecord(tx, uri, { base, publicUrl }))
  if (built?.kind !== 'record') return false
  // What no PDS would take is said by the worker, in the PDS's words.
  return (await recordCid(built.record).catch(() => undefined)) === known.cid
}

async function hasSession(tx: Tx, did: string): Promise<boolean> {
  const { rows } = await sql`select from oauth_sessions where did = ${did} and state = 'active'`.execute(tx)
  return rows.length > 0
}
