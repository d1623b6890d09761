import { errorText } from '../base/errors.ts'
import type { Db } from '../db/database.ts'
import { rawBlobCid } from '../records/record-cid.ts'
import { encodePicture, PictureRefused } from './encode-picture.ts'
import { type ImageVariant, imageVariants } from './image-variant.ts'
import { isPictureOf } from './known-picture.ts'

/** Fetches a blob from its repo's PDS (`com.atproto.sync.getBlob`) through the guarded fetch; at most 10 MB. */
export type BlobSource = (did: string, cid: string) => Promise<Uint8Array>
export type ImageRequest = { did: string | null; cid: string; variant: ImageVariant }
export type Image = { bytes: Uint8Array; mimeType: string }

const day = 24 * 3_600_000
/** How long a failure is believed: a server that is down comes back, bytes that are no picture stay none. */
const patience = { unreachable: 10 * 60_000, refused: 7 * day }
const atOnce = 3

/**
 * Pictures of events and people in the sizes of our pages, re-encoded once and kept. Bytes from elsewhere count only when
 * they hash to the CID, so no repo can put its picture under another's name.
 */
export class ImageProxy {
  readonly #db: Db
  readonly #fetchBlob: BlobSource
  readonly #underway = new Map<string, Promise<Image | undefined>>()
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(db: Db, fetchBlob: BlobSource) {
    this.#db = db
    this.#fetchBlob = fetchBlob
  }

  /** The image, or undefined where there is none to show (unknown, refused, or its server is away). */
  async find(request: ImageRequest): Promise<Image | undefined> {
    const kept = await this.#findKept(request)
    if (kept) return kept === 'missing' ? undefined : kept
    const key = `${request.cid} ${request.variant}`
    const underway = this.#underway.get(key) ?? this.#make(request).finally(() => this.#underway.delete(key))
    this.#underway.set(key, underway)
    return underway
  }

  async #findKept({ cid, variant }: ImageRequest): Promise<Image | 'missing' | undefined> {
    const row = await this.#db
      .selectFrom('image_variants')
      .selectAll()
      .where('cid', '=', cid)
      .where('variant', '=', variant)
      .executeTakeFirst()
    if (!row) return undefined
    if (row.bytes) return { bytes: row.bytes, mimeType: row.mime_type }
    const age = Date.now() - row.created_at.getTime()
    return age < (row.error?.startsWith('refused') ? patience.refused : patience.unreachable) ? 'missing' : undefined
  }

  async #make(request: ImageRequest): Promise<Image | undefined> {
    await this.#enter()
    try {
      const bytes = await this.#originalOf(request)
      if (!bytes) return undefined
      const image = await encodePicture(bytes, imageVariants[request.variant])
      await this.#keep(request, { bytes: image.bytes, mime_type: image.mimeType, error: null })
      return image
    } catch (error) {
      const reason = error instanceof PictureRefused ? 'refused' : 'unreachable'
      await this.#keep(request, { bytes: null, mime_type: '', error: `${reason}: ${errorText(error)}`.slice(0, 500) })
      return undefined
    } finally {
      this.#leave()
    }
  }

  /** Ours by its CID; otherwise only what the repo of `did` shows as its event's or its person's picture. */
  async #originalOf({ did, cid }: ImageRequest): Promise<Uint8Array | undefined> {
    const own = await this.#db.selectFrom('blobs').select('bytes').where('cid', '=', cid).executeTakeFirst()
    if (own) return own.bytes
    if (did === null || !(await isPictureOf(this.#db, did, cid))) return undefined
    const bytes = await this.#fetchBlob(did, cid)
    if ((await rawBlobCid(bytes)) !== cid) throw new PictureRefused('the bytes are not those of the CID')
    return bytes
  }

  async #keep(
    { cid, variant }: ImageRequest,
    values: { bytes: Buffer | null; mime_type: string; error: string | null },
  ): Promise<void> {
    const row = { ...values, created_at: new Date() }
    await this.#db
      .insertInto('image_variants')
      .values({ cid, variant, ...row })
      .onConflict((conflict) => conflict.columns(['cid', 'variant']).doUpdateSet(row))
      .execute()
  }

  /** A page of strangers' pictures must not take every processor. */
  async #enter(): Promise<void> {
    if (this.#busy >= atOnce) await new Promise<void>((done) => this.#waiting.push(done))
    else this.#busy++
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#busy--
  }
}
