import { sql } from 'kysely'
import { parseAtUri } from '../atproto/at-uri.ts'
import { eventCollection, rsvpCollection } from '../atproto/collections.ts'
import { main as eventSchema } from '../atproto/lexicons/community/lexicon/calendar/event.defs.ts'
import { main as rsvpSchema } from '../atproto/lexicons/community/lexicon/calendar/rsvp.defs.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import type { Tx } from '../db/database.ts'
import { buildEventRecord } from '../events/publish-event.ts'
import { assertWritable } from '../records/assert-writable.ts'
import { type LeasedWrite, finishWrite } from '../records/outbox-store.ts'
import { recordCid } from '../records/record-cid.ts'
import type { RecordToWrite } from '../records/record-to-write.ts'
import { buildRsvpRecord } from '../rsvps/publish-rsvp.ts'

export type PreparedPut = {
  kind: 'put'
  collection: string
  rkey: string
  record: JsonObject
  /** Known before the write. */
  cid: string
  /** The version it replaces; null: there is none. */
  swapCid: string | null
  blobs: string[]
  topics: string[]
}

export type PreparedWrite =
  | PreparedPut
  | { kind: 'delete'; collection: string; rkey: string }
  | { kind: 'wait'; reason: string }
  /** An earlier write of this record has an unknown end (its answer was lost): see first what the PDS has. */
  | { kind: 'look' }
  /** Both sides say the same already, or there is nothing left to write. */
  | { kind: 'done'; topics: string[] }

type Known = { cid: string | null; value: JsonObject | null; deleted: boolean; writingCid: string | null }

/**
 * What a write that is due comes to now. Says in the ledger which version is about to be written, so that an echo that is
 * faster than the PDS's answer is known. Throws UnwritableRecordError.
 */
export async function prepareWrite(tx: Tx, write: LeasedWrite, publicUrl: string): Promise<PreparedWrite> {
  const { collection, rkey } = parseAtUri(write.uri) ?? { collection: '', rkey: '' }
  if (write.action === 'delete') return { kind: 'delete', collection, rkey }
  await lockSubject(tx, write.uri)
  const known = await findKnown(tx, write.uri)
  const base = known.value ?? {}
  const built = await buildRecord(tx, { uri: write.uri, collection, base, publicUrl })
  if (built === undefined) return settle(tx, write, [])
  if (built.kind === 'wait') return built
  const { record, topics, blobs } = built
  const cid = await toCheckedCid(record, { collection, base })
  if (cid === known.cid && !known.deleted) return settle(tx, write, topics)
  // Over a lost write of ours the next one would meet a version it does not know, and take it for somebody else's.
  if (known.writingCid !== null && known.writingCid !== cid && known.writingCid !== known.cid) return { kind: 'look' }
  await sql`update records set writing_cid = ${cid} where uri = ${write.uri}`.execute(tx)
  const swapCid = known.deleted ? null : known.cid
  return { kind: 'put', collection, rkey, record, cid, swapCid, blobs, topics }
}

/** The event that is written, or answered: with it locked, row and record are of one moment. */
async function lockSubject(tx: Tx, uri: string): Promise<void> {
  await sql`
    select id from events where uri = ${uri} or id in (select event_id from rsvps where uri = ${uri})
    order by id for no key update`.execute(tx)
}

async function findKnown(tx: Tx, uri: string): Promise<Known> {
  const row = await tx
    .selectFrom('records')
    .select(['cid', 'value', 'deleted', 'writing_cid'])
    .where('uri', '=', uri)
    .executeTakeFirst()
  const value = row && isJsonObject(row.value) ? row.value : null
  return { cid: row?.cid ?? null, value, deleted: row?.deleted ?? false, writingCid: row?.writing_cid ?? null }
}

type ToBuild = { uri: string; collection: string; base: JsonObject; publicUrl: string }

async function buildRecord(tx: Tx, { uri, collection, base, publicUrl }: ToBuild): Promise<RecordToWrite | undefined> {
  if (collection === eventCollection) return buildEventRecord(tx, uri, { base, publicUrl })
  if (collection === rsvpCollection) return buildRsvpRecord(tx, uri, base)
  throw new Error(`nobody knows how to write a ${collection}`)
}

// Stand for required fields that are let be: see assertWritable.
const createdAt = '2026-01-01T00:00:00.000Z'
const required: Record<string, JsonObject> = {
  [eventCollection]: { name: 'as it was', createdAt },
  [rsvpCollection]: {
    createdAt,
    status: `${rsvpCollection}#going`,
    subject: {
      uri: 'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/community.lexicon.calendar.event/a',
      cid: 'bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi',
    },
  },
}

async function toCheckedCid(
  record: JsonObject,
  { collection, base }: { collection: string; base: JsonObject },
): Promise<string> {
  const schema = collection === eventCollection ? eventSchema : rsvpSchema
  assertWritable(record, { schema, base, required: required[collection] ?? {} })
  return recordCid(record)
}

async function settle(tx: Tx, write: LeasedWrite, topics: string[]): Promise<PreparedWrite> {
  if (await finishWrite(tx, write)) {
    await sql`
      update records set sync_status = 'IN_SYNC', sync_error = null, writing_cid = null, base = value, synced_at = now()
      where uri = ${write.uri} and sync_status is not null and not deleted`.execute(tx)
  }
  return { kind: 'done', topics }
}
