import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'
import type { AccountRow } from '../src/accounts/account.ts'
import { listConflicts, resolveConflict } from '../src/events/event-conflicts.ts'
import type { EventInput } from '../src/events/event-input.ts'
import { getEventSync } from '../src/events/event-sync.ts'
import { syncEvent } from '../src/events/sync-event.ts'
import { createEvent, deleteEvent, updateEvent } from '../src/events/write-event.ts'
import { storePicture } from '../src/media/store-picture.ts'
import { answerEvent, withdrawAnswer } from '../src/rsvps/write-rsvp.ts'
import { backfill } from '../src/ingest/backfill.ts'

let site: TestSite
let ana: AccountRow & { did: string }
let ben: AccountRow & { did: string }

beforeAll(async () => {
  site = await startTestSite()
  ana = await site.newPerson('ana')
  ben = await site.newPerson('ben')
})
afterAll(() => site[Symbol.asyncDispose]())

const db = () => site.services.db
const soon = { timeout: 10_000, interval: 10 }

async function published(input: EventInput) {
  const { id, uri } = await createEvent(db(), ana, input)
  await site.settled()
  if (uri === null) throw new Error('it has no uri')
  return { id, uri }
}
const recordOf = async (uri: string) => (await site.app.readRecord(uri)).value
const exists = (uri: string) =>
  site.app.readRecord(uri).then(
    () => true,
    () => false,
  )
const ledger = (uri: string) => db().selectFrom('records').selectAll().where('uri', '=', uri).executeTakeFirst()
const answersTo = async (eventId: number) => {
  const rows = await db()
    .selectFrom('rsvps')
    .innerJoin('accounts', 'accounts.id', 'account_id')
    .select(['did', 'status', 'uri'])
    .where('event_id', '=', eventId)
    .execute()
  return Object.fromEntries(rows.map(({ did, status }) => [did, status]))
}

describe('an event made here', () => {
  test('becomes a record that says the same, and its echo changes nothing', async () => {
    const { id, uri } = await published({
      name: 'Board games',
      description: 'Bring *one*.',
      startsAt: '2027-01-05T19:00',
      endsAt: '2027-01-05T22:00',
      timezone: 'Europe/Berlin',
      locations: [{ kind: 'address', name: 'Café', locality: 'Köln', country: 'Germany' }],
      uris: [{ uri: 'example.org/games', name: 'Games' }],
    })
    const slug = (await site.event(id)).slug
    expect(await recordOf(uri)).toEqual({
      $type: 'community.lexicon.calendar.event',
      name: 'Board games',
      description: 'Bring *one*.',
      createdAt: expect.stringMatching(/Z$/),
      startsAt: '2027-01-05T18:00:00.000Z',
      endsAt: '2027-01-05T21:00:00.000Z',
      timezone: 'Europe/Berlin',
      mode: 'community.lexicon.calendar.event#inperson',
      status: 'community.lexicon.calendar.event#scheduled',
      locations: [{ $type: 'community.lexicon.location.address', name: 'Café', locality: 'Köln', country: 'DE' }],
      uris: [
        { uri: `http://127.0.0.1:3999/events/${slug}`, name: 'Event page' },
        { uri: 'https://example.org/games', name: 'Games' },
      ],
      createdWith: 'http://127.0.0.1:3999',
    })
    const { cid } = await site.app.readRecord(uri)
    expect(await getEventSync(db(), id)).toMatchObject({ status: 'IN_SYNC', cid, waiting: null, lastError: null })
    const before = await site.event(id)
    // A later op of the same repo has passed, so the echo has, too.
    const other = await site.app.createEvent(ana.did, { name: 'Marker' })
    await expect.poll(() => ledger(other.uri), soon).toBeDefined()
    expect(await site.event(id)).toEqual(before)
  })

  test('is written once however often it is edited in a moment, and a pass over a synced state writes nothing', async () => {
    const { id, uri } = await createEvent(db(), ana, { name: 'Quick' })
    for (let n = 0; n < 10; n++) await updateEvent(db(), ana, { id, patch: { name: `Quick ${n}` } })
    await site.settled()
    expect(await recordOf(uri ?? '')).toMatchObject({ name: 'Quick 9' })
    const revOf = async () => (await ledger(uri ?? ''))?.rev
    const rev = await revOf()
    for (let n = 0; n < 10; n++) {
      expect(await syncEvent(db(), ana, { id, publicUrl: 'http://127.0.0.1:3999' })).toBe('in-sync')
      await site.settled()
    }
    expect(await revOf()).toBe(rev)
    expect(await getEventSync(db(), id)).toMatchObject({ status: 'IN_SYNC' })
  })

  test('shows its picture', async () => {
    const bytes = await sharp({ create: { width: 640, height: 400, channels: 3, background: '#246' } })
      .png()
      .toBuffer()
    const picture = await storePicture(db(), { accountId: ana.id, bytes })
    const { uri } = await published({ name: 'With a picture', picture: { cid: picture.cid, alt: 'Blue' } })
    expect(await recordOf(uri)).toMatchObject({
      media: [
        {
          role: 'thumbnail',
          alt: 'Blue',
          aspect_ratio: { width: 640, height: 400 },
          content: { ref: { $link: picture.cid } },
        },
      ],
    })
    const url = new URL('/xrpc/com.atproto.sync.getBlob', site.network.urls.pdsUrl)
    url.search = new URLSearchParams({ did: ana.did, cid: picture.cid }).toString()
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).length).toBe(picture.size)
  })

  test('leaves the network when it is made private, comes back when it is public, and goes when it is deleted', async () => {
    const { id, uri } = await published({ name: 'In and out' })
    await updateEvent(db(), ana, { id, patch: { visibility: 'private' } })
    await site.settled()
    expect(await exists(uri)).toBe(false)
    await updateEvent(db(), ana, { id, patch: { visibility: 'public' } })
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'In and out' })
    expect(await getEventSync(db(), id)).toMatchObject({ status: 'IN_SYNC', isDeleted: false })
    await deleteEvent(db(), ana, id)
    await site.settled()
    expect(await exists(uri)).toBe(false)
    expect(await ledger(uri)).toMatchObject({ deleted: true, value: null })
  })

  test('stays here as a draft, private or unlisted', async () => {
    for (const input of [{ draft: true }, { visibility: 'private' }, { visibility: 'unlisted' }] as const) {
      const { uri } = await createEvent(db(), ana, { name: 'Quiet', ...input })
      expect(uri).toBeNull()
    }
  })
})

describe('an edit elsewhere', () => {
  test('comes here, and is edited on from here without losing what other apps wrote', async () => {
    const theme = { name: 'minimal', accent: 'indigo' }
    const { uri } = await site.app.createEvent(ana.did, {
      name: 'Theirs',
      startsAt: '2027-02-01T10:00:00+02:00',
      theme,
    })
    const find = db().selectFrom('events').selectAll().where('uri', '=', uri)
    await expect.poll(() => find.executeTakeFirst(), soon).toMatchObject({ name: 'Theirs', owner_id: ana.id })
    const { id } = await find.executeTakeFirstOrThrow()
    await updateEvent(db(), ana, { id, patch: { name: 'Ours now' } })
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'Ours now', startsAt: '2027-02-01T10:00:00+02:00', theme })
    await site.app.editEvent(uri, { description: 'More', name: 'Theirs again' })
    await expect.poll(() => site.event(id), soon).toMatchObject({ name: 'Theirs again', description: 'More' })
  })

  test('and an edit here of another field both survive', async () => {
    const { id, uri } = await published({ name: 'Both', description: 'old' })
    await raceWith(uri, { description: 'theirs' }, () => updateEvent(db(), ana, { id, patch: { name: 'ours' } }))
    await expect.poll(() => recordOf(uri), soon).toMatchObject({ name: 'ours', description: 'theirs' })
    await expect.poll(() => site.event(id), soon).toMatchObject({ name: 'ours', description: 'theirs' })
    expect(await listConflicts(db(), id, 'all')).toEqual([])
  })

  test('of the same field wins, and ours is kept and can be applied again', async () => {
    const { id, uri } = await published({ name: 'Same', description: 'old' })
    await raceWith(uri, { name: 'theirs' }, () =>
      updateEvent(db(), ana, { id, patch: { name: 'ours', description: 'new' } }),
    )
    await expect.poll(() => site.event(id), soon).toMatchObject({ name: 'theirs', description: 'new' })
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'theirs', description: 'new' })
    const [conflict] = await listConflicts(db(), id, 'open')
    expect(conflict).toMatchObject({
      fields: ['name'],
      ours: { name: 'ours' },
      theirs: { name: 'theirs' },
      base: { name: 'Same' },
    })
    await resolveConflict(db(), id, { conflictId: conflict?.id ?? 0, keep: 'ours', accountId: ana.id, did: ana.did })
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'ours', description: 'new' })
    expect(await listConflicts(db(), id, 'open')).toEqual([])
    expect(await getEventSync(db(), id)).toMatchObject({ status: 'IN_SYNC', openConflicts: 0 })
  })

  test('that deletes the record hides the event from all but its owner, who can bring it back', async () => {
    const { id, uri } = await published({ name: 'Deleted elsewhere' })
    await site.app.deleteRecord(uri)
    await expect.poll(() => site.event(id), soon).toMatchObject({ hidden_reason: 'deleted-on-network' })
    await updateEvent(db(), ana, { id, patch: { name: 'Back' } })
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'Back' })
    expect(await site.event(id)).toMatchObject({ hidden_reason: null })
  })

  /** Neither side knows of the other's edit when it is made. */
  async function raceWith(uri: string, theirs: Record<string, string>, ours: () => Promise<unknown>): Promise<void> {
    const release = await site.holdOutbox()
    await ours()
    await site.app.editEvent(uri, theirs)
    await release()
  }
})

describe('when the person’s server is away', () => {
  test('edits and deletions wait, and go out when it is back', async () => {
    const kept = await published({ name: 'Edited' })
    const gone = await published({ name: 'Gone' })
    await site.network.pds.stop()
    await updateEvent(db(), ana, { id: kept.id, patch: { name: 'Edited while away' } })
    await deleteEvent(db(), ana, gone.id)
    await expect
      .poll(() => getEventSync(db(), kept.id), soon)
      .toMatchObject({ status: 'NEEDS_SYNC', waiting: { attempts: 1 } })
    await site.network.pds.start()
    await site.settled()
    expect(await recordOf(kept.uri)).toMatchObject({ name: 'Edited while away' })
    expect(await exists(gone.uri)).toBe(false)
  })

  test('what was deleted here meanwhile does not come back by a backfill', async () => {
    const { id, uri } = await published({ name: 'Zombie' })
    const release = await site.holdOutbox()
    await deleteEvent(db(), ana, id)
    const deps = { ...site.services, publicUrl: 'http://127.0.0.1:3999', relayUrl: site.network.urls.relayUrl }
    await backfill(deps, { dids: [ana.did] })
    await release()
    await site.settled()
    expect(await db().selectFrom('events').select('id').where('uri', '=', uri).execute()).toEqual([])
    expect(await exists(uri)).toBe(false)
  })
})

describe('when the session is gone', () => {
  test('writes wait for the person, who is told, and go out by themselves after they connect again', async () => {
    const { id, uri } = await published({ name: 'Before' })
    await site.app.expireSession(ana.did)
    await sql`update oauth_sessions set state = 'needs_reconnect', sealed = null where did = ${ana.did}`.execute(db())
    await updateEvent(db(), ana, { id, patch: { name: 'After' } })
    await expect
      .poll(() => getEventSync(db(), id), soon)
      .toMatchObject({ status: 'NEEDS_RECONNECT', session: 'needs-reconnect', waiting: { nextAttemptAt: null } })
    await site.signIn(ana.did, 'ana.test')
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'After' })
    expect(await getEventSync(db(), id)).toMatchObject({ status: 'IN_SYNC', session: 'connected' })
  })
})

describe('a write whose answer was lost', () => {
  test('is not written twice, nor taken for somebody else’s edit, even if it was edited meanwhile', async () => {
    const { id, uri } = await published({ name: 'v0' })
    const before = await ledger(uri)
    await updateEvent(db(), ana, { id, patch: { name: 'v1' } })
    await site.settled()
    // As it was before the answer came: the write had been announced, and nothing is known of its end.
    const after = await ledger(uri)
    await sql`
      update records set cid = ${before?.cid}, rev = ${before?.rev}, value = ${JSON.stringify(before?.value)},
        base = ${JSON.stringify(before?.value)}, writing_cid = ${after?.cid} where uri = ${uri}`.execute(db())
    await updateEvent(db(), ana, { id, patch: { name: 'v2' } })
    await site.settled()
    expect(await recordOf(uri)).toMatchObject({ name: 'v2' })
    expect(await listConflicts(db(), id, 'all')).toEqual([])
    expect(await site.event(id)).toMatchObject({ name: 'v2' })
  })
})

describe('answers', () => {
  test('go out, change in the same record, and are taken back', async () => {
    const { id, uri } = await published({ name: 'Party' })
    const { uri: answer } = await answerEvent(db(), ben, { eventId: id, answer: { status: 'going' } })
    await site.settled()
    const { cid } = await site.app.readRecord(uri)
    expect(await recordOf(answer ?? '')).toMatchObject({
      status: 'community.lexicon.calendar.rsvp#going',
      subject: { uri, cid },
    })
    await answerEvent(db(), ben, { eventId: id, answer: { status: 'notgoing' } })
    await site.settled()
    expect(await recordOf(answer ?? '')).toMatchObject({ status: 'community.lexicon.calendar.rsvp#notgoing' })
    await withdrawAnswer(db(), ben, id)
    await site.settled()
    expect(await exists(answer ?? '')).toBe(false)
    expect(await answersTo(id)).toEqual({})
  })

  test('from another app come here, and are changed from here in their own record', async () => {
    const { id, uri } = await published({ name: 'Concert' })
    const theirs = await site.app.answer(ben.did, uri, 'interested')
    await expect.poll(() => answersTo(id), soon).toEqual({ [ben.did]: 'interested' })
    await answerEvent(db(), ben, { eventId: id, answer: { status: 'going' } })
    await site.settled()
    expect(await recordOf(theirs.uri)).toMatchObject({ status: 'community.lexicon.calendar.rsvp#going' })
    await site.app.answer(ben.did, uri, 'notgoing')
    await expect.poll(() => answersTo(id), soon).toEqual({ [ben.did]: 'notgoing' })
    await site.app.withdraw(ben.did, uri)
    await expect.poll(() => answersTo(id), soon).toEqual({})
  })

  test('wait for their event, and keep nothing else of their person back', async () => {
    const release = await site.holdOutbox(ana.did)
    const { id, uri } = await createEvent(db(), ana, { name: 'Not there yet' })
    const { uri: answer } = await answerEvent(db(), ben, { eventId: id, answer: { status: 'going' } })
    const own = await createEvent(db(), ben, { name: `Ben’s own ${randomBytes(2).toString('hex')}` })
    await expect.poll(() => exists(own.uri ?? ''), soon).toBe(true)
    expect([await exists(uri ?? ''), await exists(answer ?? '')]).toEqual([false, false])
    await release()
    await expect.poll(() => exists(answer ?? ''), soon).toBe(true)
  })
})
