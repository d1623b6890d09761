import { sql } from 'kysely'
import { AppError } from '../base/errors.ts'
import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import { readEventRecord, writeEventRecord } from './event-record.ts'
import { type EventRow, toEventColumns, toEventDetails, toEventSettings } from './event-row.ts'
import { lockEvent } from './event-store.ts'

/** Both sides had changed the same fields: theirs stand, ours are kept here until somebody decides. */
export type EventConflict = {
  id: number
  uri: string
  /** Paths into the record, such as `name` or `preferences.showInDiscovery`. */
  fields: string[]
  base: JsonObject | null
  ours: JsonObject
  theirs: JsonObject
  detectedAt: Date
  resolvedAt: Date | null
  resolution: string | null
}

/** Newest first; the open ones, or all there were. */
export async function listConflicts(db: Db, eventId: number, which: 'open' | 'all'): Promise<EventConflict[]> {
  const { rows } = await sql<EventConflict>`
    select id, uri, fields, base, ours, theirs, detected_at as "detectedAt", resolved_at as "resolvedAt", resolution
    from conflicts where event_id = ${eventId} and (${which === 'all'} or resolved_at is null)
    order by id desc limit 100`.execute(db)
  return rows
}

export type ConflictChoice = 'ours' | 'theirs'

export type Resolution = {
  conflictId: number
  /** For all fields, or for each by its path; what is not named stays theirs. */
  keep: ConflictChoice | Record<string, ConflictChoice>
  accountId: number
  did: string
}

/** Decides a conflict; our values of the fields that are to be ours are put into the event and written out. Throws AppError. */
export async function resolveConflict(db: Db, eventId: number, resolution: Resolution): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId)
    const conflict = (await listConflicts(tx, eventId, 'open')).find(({ id }) => id === resolution.conflictId)
    if (!conflict) throw new AppError('conflict', 'This conflict has been decided already.')
    const { keep, accountId, did } = resolution
    const ours = conflict.fields.filter((field) => (typeof keep === 'string' ? keep : keep[field]) === 'ours')
    if (ours.length > 0) await applyOurs(tx, event, { conflict, fields: ours, did })
    const words = ours.length === 0 ? 'theirs' : ours.length === conflict.fields.length ? 'ours' : 'by-field'
    await sql`
      update conflicts set resolved_at = now(), resolution = ${words}, resolved_by = ${accountId}
      where id = ${conflict.id}`.execute(tx)
    await settleRecord(tx, conflict.uri, eventId)
    for (const topic of [`event:${event.id}`, `account:${event.owner_id}`]) await notify(tx, 'live', topic)
  })
}

type Ours = { conflict: EventConflict; fields: string[]; did: string }

async function applyOurs(tx: Tx, event: EventRow, { conflict, fields, did }: Ours): Promise<void> {
  const record = await tx.selectFrom('records').select('value').where('uri', '=', conflict.uri).executeTakeFirst()
  // As the event stands here: what else was changed and is not written yet must not be lost.
  const base = isJsonObject(record?.value) ? record.value : conflict.theirs
  let value = writeEventRecord(toEventDetails(event), { base, createdAt: event.created_at, url: '' })
  for (const field of fields) value = withField(value, field.split('.'), readField(conflict.ours, field.split('.')))
  const { details } = readEventRecord(value, '')
  const settings = toEventSettings(event)
  const isShown = settings.visibility !== 'private' && fields.includes('preferences.showInDiscovery')
  const visibility = isShown ? (details.showInDiscovery ? 'public' : 'unlisted') : settings.visibility
  const publishUnlisted = settings.publishUnlisted || (isShown && visibility === 'unlisted')
  await tx
    .updateTable('events')
    .set({
      ...toEventColumns({ ...details, ...settings, visibility, publishUnlisted }),
      version: event.version + 1,
      updated_at: new Date(),
    })
    .where('id', '=', event.id)
    .execute()
  await enqueueWrite(tx, { uri: conflict.uri, did, action: 'put' })
}

/** With no conflict left, and nothing to be written, both sides agree. */
async function settleRecord(tx: Tx, uri: string, eventId: number): Promise<void> {
  await sql`
    update records set sync_status = 'IN_SYNC', sync_error = null
    where uri = ${uri} and sync_status = 'CONFLICT'
      and not exists (select from conflicts where event_id = ${eventId} and resolved_at is null)`.execute(tx)
}

function readField(record: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = record
  for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

function withField(record: JsonObject, [key = '', ...rest]: readonly string[], value: Json | undefined): JsonObject {
  const inner = record[key]
  const next = rest.length === 0 ? value : withField(isJsonObject(inner) ? inner : {}, rest, value)
  const { [key]: _, ...others } = record
  return next === undefined ? others : { ...record, [key]: next }
}
