import { sql } from 'kysely'
import type { JsonObject } from '../base/json.ts'
import type { Tx } from '../db/database.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import { recordCid } from '../records/record-cid.ts'
import type { StoredOp } from '../records/store-record-ops.ts'
import { type EventReading, readEventOp } from './event-reading.ts'
import { writeEventRecord } from './event-record.ts'
import { type EventRow, toEventDetails } from './event-row.ts'
import { eventUrlPath } from './event-store.ts'
import { mergeEventRecords } from './merge-event-records.ts'

type ToldEvent = StoredOp & { event: EventReading }
/** `conflicts`: how many edits of ours gave way to theirs. */
type MergedEvents = { merged: ToldEvent[]; conflicts: number }

/**
 * Where an edit made here waits to be written, what the network says is merged with it, field by field: what was
 * changed on one side only stays; what was changed on both is the network's, and is kept for its owner as a conflict.
 */
export async function mergeEventOps(tx: Tx, told: ToldEvent[], publicUrl: string): Promise<MergedEvents> {
  const uris = told.flatMap(({ uri, previous }) => (previous?.pendingAction === 'put' ? [uri] : []))
  if (uris.length === 0) return { merged: told, conflicts: 0 }
  const rows = await tx.selectFrom('events').selectAll().where('uri', 'in', uris).execute()
  const waiting = new Map(rows.map((row) => [row.uri, row]))
  const merged: ToldEvent[] = []
  let conflicts = 0
  for (const op of told) {
    const row = waiting.get(op.uri)
    const one = row ? await mergeEventOp(tx, op, { row, publicUrl }) : { op, isConflict: false }
    merged.push(one.op)
    if (one.isConflict) conflicts++
  }
  return { merged, conflicts }
}

async function mergeEventOp(
  tx: Tx,
  told: ToldEvent,
  { row, publicUrl }: { row: EventRow; publicUrl: string },
): Promise<{ op: ToldEvent; isConflict: boolean }> {
  const theirs = told.op.record ?? {}
  const base = writtenByUs(told) ?? told.previous?.base ?? {}
  const url = publicUrl + eventUrlPath(row)
  const ours = writeEventRecord(toEventDetails(row), { base, createdAt: row.created_at, url })
  const { merged, lost } = mergeEventRecords({ base, ours, theirs })
  if (lost.length > 0) await noteConflict(tx, { uri: told.uri, eventId: row.id, lost, base, ours, theirs })
  if ((await recordCid(merged)) === (await recordCid(theirs))) await settle(tx, told.uri, lost.length > 0)
  else await enqueueWrite(tx, { uri: told.uri, did: told.op.did, action: 'put' })
  const event = readEventOp({ ...told.op, record: merged }) ?? told.event
  return { op: { ...told, event }, isConflict: lost.length > 0 }
}

/** Our own write, if the network changed it again before we heard of it: then theirs is built on that. */
function writtenByUs({ superseded, previous }: ToldEvent): JsonObject | undefined {
  return superseded.findLast(({ cid }) => cid !== undefined && cid === previous?.writingCid)?.record
}

type Conflict = { uri: string; eventId: number; lost: string[]; base: JsonObject; ours: JsonObject; theirs: JsonObject }

async function noteConflict(tx: Tx, { uri, eventId, lost, base, ours, theirs }: Conflict): Promise<void> {
  await sql`
    insert into conflicts (uri, event_id, fields, base, ours, theirs)
    values (${uri}, ${eventId}, ${lost}, ${JSON.stringify(base)}, ${JSON.stringify(ours)}, ${JSON.stringify(theirs)})`.execute(
    tx,
  )
}

/** Nothing of ours is left to write. */
async function settle(tx: Tx, uri: string, isConflict: boolean): Promise<void> {
  await tx.deleteFrom('outbox').where('uri', '=', uri).execute()
  await tx
    .updateTable('records')
    .set({ sync_status: isConflict ? 'CONFLICT' : 'IN_SYNC', sync_error: null })
    .where('uri', '=', uri)
    .execute()
}
