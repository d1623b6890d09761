import { invalid } from '../base/errors.ts'
import type { Db, Tx } from '../db/database.ts'
import { rawBlobCid } from '../records/record-cid.ts'
import { encodePicture, PictureRefused } from './encode-picture.ts'

export type StoredPicture = { cid: string; mimeType: string; size: number; width: number; height: number }

/** What a person may send. */
export const maxUploadBytes = 10 * 1024 * 1024
/** What servers of the network take: a blob of a record must stay under 1 MB. */
const maxBlobBytes = 900_000
const largest = { width: 2000, height: 2000, fit: 'inside' } as const

/** Re-encodes an upload and keeps it under the CID of its new bytes. Throws AppError (field `picture`). */
export async function storePicture(
  db: Db | Tx,
  upload: { accountId: number; bytes: Uint8Array },
): Promise<StoredPicture> {
  if (upload.bytes.length > maxUploadBytes)
    throw invalid({ field: 'picture', message: 'Pictures may have up to 10 MB.' })
  const { bytes, mimeType, width, height } = await encodePicture(upload.bytes, largest, maxBlobBytes).catch(
    (error: unknown) => {
      if (error instanceof PictureRefused) throw invalid({ field: 'picture', message: error.message })
      throw error
    },
  )
  const cid = await rawBlobCid(bytes)
  await db
    .insertInto('blobs')
    .values({ cid, bytes, mime_type: mimeType, width, height, account_id: upload.accountId })
    .onConflict((conflict) => conflict.column('cid').doNothing())
    .execute()
  return { cid, mimeType, size: bytes.length, width, height }
}

/** A picture stored before, for the form that names it; only its uploader may use it. */
export async function findStoredPicture(
  db: Db | Tx,
  accountId: number,
  cid: string,
): Promise<StoredPicture | undefined> {
  const row = await db
    .selectFrom('blobs')
    .select(['cid', 'mime_type', 'width', 'height'])
    .select((eb) => eb.fn<number>('octet_length', ['bytes']).as('size'))
    .where('cid', '=', cid)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row && { cid: row.cid, mimeType: row.mime_type, size: row.size, width: row.width, height: row.height }
}
