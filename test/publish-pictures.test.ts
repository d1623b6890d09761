import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AccountRow } from '../src/accounts/account.ts'
import { getEventSync } from '../src/events/event-sync.ts'
import type { Json, JsonObject } from '../src/base/json.ts'
import type { EventPatch } from '../src/events/event-input.ts'
import { createEvent, updateEvent } from '../src/events/write-event.ts'
import { type StoredPicture, storePicture } from '../src/media/store-picture.ts'
import { toBluesky } from '../src/web/view/to-bluesky.ts'
import { type Fault, type FaultySite, startFaultySite } from '../testkit/faulty-pds.ts'

let site: FaultySite
let ana: AccountRow & { did: string }
let [blue, red]: StoredPicture[] = []

beforeAll(async () => {
  site = await startFaultySite()
  ana = await site.newPerson('ana')
  blue = await store('#246')
  red = await store('#a33')
})
afterAll(() => site?.[Symbol.asyncDispose]())
beforeEach(() => site.faults.heal())

const db = () => site.services.db
const soon = { timeout: 10_000, interval: 10 }
async function store(background: string): Promise<StoredPicture> {
  const bytes = await sharp({ create: { width: 640, height: 400, channels: 3, background } })
    .png()
    .toBuffer()
  return storePicture(db(), { accountId: ana.id, bytes })
}
const show = (picture: StoredPicture | undefined, alt = 'A colour') => ({ cid: picture?.cid ?? '', alt })
async function published(picture: StoredPicture | undefined) {
  const { id, uri } = await createEvent(db(), ana, { name: 'Pictures', picture: show(picture) })
  await site.settled()
  return { id, uri: uri ?? '' }
}
async function edit(id: number, patch: EventPatch) {
  await updateEvent(db(), ana, { id, patch })
  await site.settled()
}
const mediaOf = async (uri: string) => (await site.app.readRecord(uri)).value['media']
const entry = (picture: StoredPicture | undefined, alt = 'A colour') => ({
  role: 'thumbnail',
  content: { $type: 'blob', ref: { $link: picture?.cid }, mimeType: 'image/webp', size: picture?.size },
  alt,
  aspect_ratio: { width: 640, height: 400 },
})
const uploads = () => site.faults.calls.filter(({ method }) => method.endsWith('.uploadBlob')).length
async function blobStatus(cid: string): Promise<number> {
  const query = new URLSearchParams({ did: ana.did, cid })
  return (await fetch(`${site.network.urls.pdsUrl}/xrpc/com.atproto.sync.getBlob?${query}`)).status
}

test('is replaced, removed and put back, and is uploaded when it is needed only', async () => {
  const { id, uri } = await published(blue)
  expect(await mediaOf(uri)).toEqual([entry(blue)])
  const before = uploads()
  await edit(id, { name: 'Renamed' })
  await edit(id, { picture: show(blue, 'Other words') })
  expect([await mediaOf(uri), uploads()]).toEqual([[entry(blue, 'Other words')], before])
  await edit(id, { picture: show(red) })
  expect([await mediaOf(uri), uploads()]).toEqual([[entry(red)], before + 1])
  expect([await blobStatus(red?.cid ?? ''), await blobStatus(blue?.cid ?? '')]).toEqual([200, 400])
  await edit(id, { picture: null })
  expect(await mediaOf(uri)).toBeUndefined()
  // The PDS has thrown it away meanwhile.
  await edit(id, { picture: show(blue) })
  expect([await mediaOf(uri), await blobStatus(blue?.cid ?? '')]).toEqual([[entry(blue)], 200])
})

test.each<Fault>(['error', 'gateway', 'drop-before', 'drop-after', 'rate-limited'])(
  'whose upload meets %s: the old one stays, the page says so, and the new one follows',
  async (fault) => {
    const { id, uri } = await published(blue)
    site.faults.retryAfterSeconds = 1
    site.faults.fail(fault, { method: 'com.atproto.repo.uploadBlob', did: ana.did, times: 1000 })
    await updateEvent(db(), ana, { id, patch: { picture: show(red) } })
    const shown = async () => {
      const [row, sync] = [await site.event(id), await getEventSync(db(), id)]
      return toBluesky(row, sync, { answers: { synced: 0, total: 0 }, isOwner: true })
    }
    await expect.poll(async () => (await shown()).attempts, soon).toBeGreaterThan(0)
    expect(await shown()).toMatchObject({ state: 'waiting', lastError: expect.stringMatching(/./) })
    expect(await mediaOf(uri)).toEqual([entry(blue)])
    expect(await blobStatus(blue?.cid ?? '')).toBe(200)
    site.faults.heal()
    await site.settled()
    expect(await mediaOf(uri)).toEqual([entry(red)])
  },
)

test('of another app stays where it is, with all that its app has said of it', async () => {
  const poster = await site.app.uploadBlob(
    ana.did,
    await sharp({ create: { width: 9, height: 9, channels: 3, background: '#111' } })
      .png()
      .toBuffer(),
    'image/png',
  )
  const media: Json[] = [
    { role: 'poster', content: poster, theirs: { kept: true } },
    { role: 'video', url: 'https://example.org/x.mp4' },
  ]
  const { uri } = await site.app.createEvent(ana.did, { name: 'Theirs', media })
  const find = db().selectFrom('events').selectAll().where('uri', '=', uri)
  await expect.poll(() => find.executeTakeFirst(), soon).toMatchObject({ picture: { cid: poster.ref.$link } })
  const { id } = await find.executeTakeFirstOrThrow()
  await edit(id, { name: 'Edited', picture: { cid: poster.ref.$link, alt: 'A poster' } })
  expect(await mediaOf(uri)).toEqual([{ ...(media[0] as JsonObject), alt: 'A poster' }, media[1]])
  await edit(id, { picture: show(red) })
  expect(await mediaOf(uri)).toEqual([entry(red), media[1]])
  await edit(id, { picture: null })
  expect(await mediaOf(uri)).toEqual([media[1]])
})

test('with more in it than a blob may hold is made smaller', async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
  const raw = sharp({ create: { width: 2600, height: 1900, channels: 3, background: '#888', noise } })
  const bytes = await raw.jpeg({ quality: 90 }).toBuffer()
  expect(bytes.length).toBeGreaterThan(1_000_000)
  const picture = await storePicture(db(), { accountId: ana.id, bytes })
  expect(picture.size).toBeLessThanOrEqual(900_000)
  const { uri } = await published(picture)
  expect(await mediaOf(uri)).toMatchObject([
    { content: { size: picture.size }, aspect_ratio: { width: picture.width } },
  ])
})
