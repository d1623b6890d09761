import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { type CastEvent, events, series } from './cast-events.ts'
import { type Person, people } from './cast-people.ts'
import { posterSize, spreadSeries, toAnswerWrites, toEventWrite } from './cast-records.ts'
import { sandboxPassword } from './net.ts'
import type { BlobRef, OtherApp, RecordRef, Write } from './other-app.ts'
import { portraitArt } from './portrait-art.ts'
import { posterArt } from './poster-art.ts'

export type CastAccount = { handle: string; did: string; password: string; name: string }
export type SeedOptions = { app: OtherApp; dataDir: string; now?: Date; onProgress?: (line: string) => void }

/**
 * A dozen people with profiles, events past and coming, two weekly series and answers of all kinds, all written as
 * records by another app. Once per data folder; cut short, it goes on where it was.
 */
export async function seedCast({ app, dataDir, now = new Date(), onProgress }: SeedOptions): Promise<CastAccount[]> {
  const file = path.join(dataDir, 'cast.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as CastAccount[]
  onProgress?.('people move in')
  const accounts = await Promise.all(people.map((person) => moveIn(app, person)))
  onProgress?.('they plan events')
  const written = await Promise.all(accounts.map((account) => planEvents(app, account, now)))
  onProgress?.('they answer')
  await Promise.all(accounts.map((account) => answerAll(app, account, written.flat(), now)))
  writeFileSync(file, JSON.stringify(accounts, undefined, 2))
  return accounts
}

async function moveIn(app: OtherApp, { handle, name, bio, portrait, banner }: Person): Promise<CastAccount> {
  const did = await app.signUp(handle)
  const avatar = await upload(app, did, portraitArt(handle, portrait))
  const size = { width: 1500, height: 500 }
  const wide = banner && (await upload(app, did, posterArt(handle, banner, size)))
  const createdAt = '2025-03-09T15:00:00.000Z'
  const profile = { displayName: name, description: bio, avatar, ...(wide && { banner: wide }), createdAt }
  await app.put(did, 'app.bsky.actor.profile', 'self', { $type: 'app.bsky.actor.profile', ...profile })
  return { handle, did, password: sandboxPassword, name }
}

type Written = { by: string; ref: RecordRef }

async function planEvents(app: OtherApp, { handle, did }: CastAccount, now: Date): Promise<Written[]> {
  const before = await app.listRecords(did, eventCollection)
  if (before.length > 0) return before.map((ref) => ({ by: handle, ref }))
  const single = events.filter(({ by }) => by === handle)
  const writes = await Promise.all(single.map((event, n) => toWrite(app, did, event, { now, n })))
  for (const weekly of series.filter(({ by }) => by === handle)) {
    const weeks = await writeSeries(app, did, spreadSeries(weekly, now), now)
    writes.push(...(weekly.hasHint ? hintAtFirst(did, weeks) : weeks))
  }
  const refs = await app.writeAll(did, writes)
  return refs.map((ref) => ({ by: handle, ref }))
}

async function writeSeries(app: OtherApp, did: string, weeks: CastEvent[], now: Date): Promise<Write[]> {
  const [first] = weeks
  const picture = first && (await drawPoster(app, did, first))
  // Keys after those of the person's single events.
  return weeks.map((event, i) => toEventWrite(event, { now, n: 100 + i, picture }))
}

function hintAtFirst(did: string, writes: Write[]): Write[] {
  const first = writes[0]
  const uri = `at://${did}/${first?.collection}/${first?.rkey}`
  return writes.map((write) =>
    write === first ? write : { ...write, value: { ...write.value, recurringEventOf: { uri } } },
  )
}

async function toWrite(app: OtherApp, did: string, event: CastEvent, at: { now: Date; n: number }): Promise<Write> {
  return toEventWrite(event, { ...at, picture: await drawPoster(app, did, event) })
}

async function drawPoster(app: OtherApp, did: string, { name, poster }: CastEvent): Promise<BlobRef | undefined> {
  return poster && upload(app, did, posterArt(name, poster, posterSize))
}

async function upload(app: OtherApp, did: string, svg: string): Promise<BlobRef> {
  const bytes = await sharp(Buffer.from(svg)).jpeg({ quality: 84 }).toBuffer()
  return app.uploadBlob(did, bytes, 'image/jpeg')
}

async function answerAll(app: OtherApp, { handle, did }: CastAccount, all: Written[], now: Date): Promise<void> {
  const before = await app.listRecords(did, rsvpCollection)
  if (before.length === 0) await app.writeAll(did, toAnswerWrites(handle, all, now))
}
