import type { JsonObject } from '../base/json.ts'
import type { Tx } from '../db/database.ts'
import type { RecordToWrite } from '../records/record-to-write.ts'
import type { Picture } from './event.ts'
import { writeEventRecord } from './event-record.ts'
import { toEventDetails } from './event-row.ts'
import { findPicture } from './media-record.ts'
import { eventUrlPath } from './event-store.ts'

/**
 * The record of an event as its row now stands, over the last known one; the row stays locked until the transaction
 * ends. Undefined where there is no such event any more.
 */
export async function buildEventRecord(
  tx: Tx,
  uri: string,
  { base, publicUrl }: { base: JsonObject; publicUrl: string },
): Promise<RecordToWrite | undefined> {
  const row = await tx.selectFrom('events').selectAll().where('uri', '=', uri).forNoKeyUpdate().executeTakeFirst()
  if (!row) return undefined
  const url = publicUrl + eventUrlPath(row)
  const record = writeEventRecord(toEventDetails(row), { base, createdAt: row.created_at, url })
  const picture = row.picture as Picture | null
  return {
    kind: 'record',
    record,
    // One that the last version has shown is there already.
    blobs: picture && findPicture(base['media'])?.picture.cid !== picture.cid ? [picture.cid] : [],
    topics: [`event:${row.id}`, `account:${row.owner_id}`],
  }
}
