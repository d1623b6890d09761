import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { eventCollection } from '../atproto/collections.ts'
import { toAtUri } from '../atproto/at-uri.ts'
import { AppError, invalid } from '../base/errors.ts'
import { newTid } from '../base/tid.ts'
import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { findStoredPicture } from '../media/store-picture.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import type { Picture } from './event.ts'
import { type EventInput, type EventPatch, applyEventPatch, withScheme } from './event-input.ts'
import { type EventContent, type EventRow, toEventColumns, toEventDetails, toEventSettings } from './event-row.ts'
import { eventSlug } from './event-slug.ts'
import { lockEvent } from './event-store.ts'

/** Whose event it is; without a DID nothing of it goes to the network. */
export type EventOwner = { id: number; did: string | null }

/** Makes an event, with the order to write its record where it is to be public. Throws AppError that names the fields. */
export async function createEvent(db: Db, owner: EventOwner, input: EventInput): Promise<EventRow> {
  return db.transaction().execute(async (tx) => {
    const content = tidyLinks(applyEventPatch(input), [])
    content.picture = await findPictureOf(tx, owner.id, { wanted: input.picture, before: null })
    const uri = isForNetwork(content) && owner.did !== null ? mintEventUri(owner.did) : null
    const row = await tx
      .insertInto('events')
      .values({
        ...toEventColumns(content),
        slug: eventSlug(content.name, randomUUID()),
        owner_id: owner.id,
        uri,
        origin: 'here',
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    if (uri !== null && owner.did !== null) await enqueueWrite(tx, { uri, did: owner.did, action: 'put' })
    await tellChanged(tx, row)
    return row
  })
}

/** What else follows from an edit, in its transaction. */
export type AfterEdit = (tx: Tx, event: EventRow) => Promise<void>

/** Changes what the patch names, and orders its record to follow. Throws AppError: `conflict` where `version` is old. */
export async function updateEvent(
  db: Db,
  owner: EventOwner,
  change: { id: number; patch: EventPatch },
  afterEdit?: AfterEdit,
): Promise<EventRow> {
  return db.transaction().execute(async (tx) => {
    const before = await lockEvent(tx, change.id)
    assertVersion(before, change.patch.version)
    const content = tidyLinks(applyEventPatch(change.patch, toContent(before)), toContent(before).uris)
    content.picture = await findPictureOf(tx, owner.id, { wanted: change.patch.picture, before: content.picture })
    if (isSameContent(content, toContent(before)) && !isMissingOnNetwork(before)) return before
    const row = await tx
      .updateTable('events')
      .set({
        ...toEventColumns(content),
        version: before.version + 1,
        updated_at: new Date(),
        ...(hasMoved(content, before) && { previous_starts_at: before.starts_at }),
        // Saving it anew is how its owner brings back what another app has deleted.
        ...(isMissingOnNetwork(before) && { hidden_reason: null }),
        ...(before.uri === null && owner.did !== null && isForNetwork(content) && { uri: mintEventUri(owner.did) }),
      })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await orderRecord(tx, { before, row, content, did: owner.did })
    await afterEdit?.(tx, row)
    await tellChanged(tx, row, before)
    return row
  })
}

/** Deletes an event here, and orders its record to be deleted. Answers to it go; the records of answers are their people's. */
export async function deleteEvent(db: Db, owner: EventOwner, id: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const row = await lockEvent(tx, id)
    await tellChanged(tx, row)
    await tx.deleteFrom('events').where('id', '=', id).execute()
    if (owner.did !== null) await orderDeletion(tx, row.uri, owner.did)
  })
}

/** What was made by somebody without a DID goes out once they have one. Returns how many. */
export async function publishEventsOf(tx: Tx, owner: { id: number; did: string }): Promise<number> {
  const rows = await tx
    .selectFrom('events')
    .selectAll()
    .where('owner_id', '=', owner.id)
    .where('origin', '=', 'here')
    .where('uri', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  const waiting = rows.filter((row) => isForNetwork(toContent(row)))
  for (const { id } of waiting) {
    const uri = mintEventUri(owner.did)
    await tx.updateTable('events').set({ uri }).where('id', '=', id).execute()
    await enqueueWrite(tx, { uri, did: owner.did, action: 'put' })
  }
  return waiting.length
}

/**
 * Whether the event's record belongs on the network. An unlisted one is there only by its owner's own wish, and says
 * that it is not to be listed.
 */
export function isForNetwork({
  visibility,
  isDraft,
  publishUnlisted,
}: Pick<EventContent, 'visibility' | 'isDraft' | 'publishUnlisted'>): boolean {
  return !isDraft && (visibility === 'public' || (visibility === 'unlisted' && publishUnlisted))
}

export function toContent(row: EventRow): EventContent {
  const { showInDiscovery: _, ...details } = toEventDetails(row)
  return { ...details, ...toEventSettings(row) }
}

export function mintEventUri(did: string): string {
  return toAtUri({ did, collection: eventCollection, rkey: newTid() })
}

function assertVersion({ version }: EventRow, wanted: number | undefined): void {
  if (wanted === undefined || wanted === version) return
  throw new AppError(
    'conflict',
    'This event was changed while you were editing it, here or in another app. What you typed is kept: look at the event, then save again.',
  )
}

type Order = { before: EventRow; row: EventRow; content: EventContent; did: string | null }

async function orderRecord(tx: Tx, { before, row, content, did }: Order): Promise<void> {
  if (did === null || row.uri === null) return
  if (!isForNetwork(content)) return orderDeletion(tx, row.uri, did)
  const isSame = isDeepStrictEqual(toEventDetails(before), toEventDetails(row))
  const wasOut = isForNetwork(toContent(before)) && before.uri !== null && !isMissingOnNetwork(before)
  if (!isSame || !wasOut) await enqueueWrite(tx, { uri: row.uri, did, action: 'put' })
}

/** Where a record is, or may be: a write that is under way counts. */
async function orderDeletion(tx: Tx, uri: string | null, did: string): Promise<void> {
  if (uri === null) return
  const record = await tx.selectFrom('records').select('deleted').where('uri', '=', uri).executeTakeFirst()
  const waits = await tx.selectFrom('outbox').select('uri').where('uri', '=', uri).executeTakeFirst()
  if (waits || record?.deleted === false) await enqueueWrite(tx, { uri, did, action: 'delete' })
}

function isMissingOnNetwork({ hidden_reason: reason }: EventRow): boolean {
  return reason === 'deleted-on-network'
}

function hasMoved({ startsAt }: EventContent, before: EventRow): boolean {
  return before.starts_at !== null && before.starts_at.getTime() !== startsAt?.getTime()
}

function isSameContent(a: EventContent, b: EventContent): boolean {
  return isDeepStrictEqual(toEventColumns(a), toEventColumns(b))
}

/** What was typed now; links that were there stay as their record has them. */
function tidyLinks(content: EventContent, before: EventContent['uris']): EventContent {
  const tidy = (uri: string) => (before.some((kept) => kept.uri === uri) ? uri : withScheme(uri))
  return { ...content, uris: content.uris.map((link) => ({ ...link, uri: tidy(link.uri) })) }
}

type PictureChange = { wanted: EventPatch['picture']; before: Picture | null }

async function findPictureOf(tx: Tx, ownerId: number, { wanted, before }: PictureChange): Promise<Picture | null> {
  if (wanted === undefined) return before
  if (wanted === null) return null
  if (before?.cid === wanted.cid) return { ...before, alt: wanted.alt }
  const stored = await findStoredPicture(tx, ownerId, wanted.cid)
  if (!stored) throw invalid({ field: 'picture', message: 'This picture is not here any more. Choose it again.' })
  const { cid, mimeType, size, width, height } = stored
  return { cid, mimeType, size, width, height, alt: wanted.alt }
}

/** Lists are told only of what stands, or stood, in them: what happens to a private event is nobody's business. */
export async function tellChanged(tx: Tx, row: EventRow, before: EventRow = row): Promise<void> {
  const isListed = [row, before].some((one) => one.visibility === 'public' && !one.is_draft)
  const topics = [`event:${row.id}`, `account:${row.owner_id}`, ...(isListed ? ['explore'] : [])]
  for (const topic of topics) await notify(tx, 'live', topic)
}
