import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountRow } from '../src/accounts/account.ts'
import type { EventInput, EventPatch } from '../src/events/event-input.ts'
import { getEventSync } from '../src/events/event-sync.ts'
import { syncEvent } from '../src/events/sync-event.ts'
import { createEvent, updateEvent } from '../src/events/write-event.ts'
import { pauseRepo } from '../src/records/repo-pause.ts'
import { answerEvent } from '../src/rsvps/write-rsvp.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'

type Person = AccountRow & { did: string }
let site: TestSite
let ana: Person
let ben: Person

beforeAll(async () => {
  site = await startTestSite()
  ana = await site.newPerson('ana')
  ben = await site.newPerson('ben')
})
afterAll(() => site?.[Symbol.asyncDispose]())

const db = () => site.services.db
const soon = { timeout: 10_000, interval: 10 }
const recordOf = async (uri: string | null) => (await site.app.readRecord(uri ?? '')).value
const exists = (uri: string | null) =>
  recordOf(uri).then(
    () => true,
    () => false,
  )
async function create(input: EventInput) {
  const { id } = await createEvent(db(), ana, input)
  await site.settled()
  return id
}
async function edit(id: number, patch: EventPatch) {
  const { uri } = await updateEvent(db(), ana, { id, patch })
  await site.settled()
  return uri
}

describe('an unlisted event', () => {
  test('is published by its owner’s wish only, and says that it is not to be listed', async () => {
    const id = await create({ name: 'Quiet', visibility: 'unlisted' })
    expect((await site.event(id)).uri).toBeNull()
    const uri = await edit(id, { publishUnlisted: true })
    expect(await recordOf(uri)).toMatchObject({ name: 'Quiet', preferences: { showInDiscovery: false } })
    await edit(id, { name: 'Quieter' })
    expect(await recordOf(uri)).toMatchObject({ name: 'Quieter', preferences: { showInDiscovery: false } })
    await edit(id, { publishUnlisted: false })
    expect([await exists(uri), await getEventSync(db(), id)]).toMatchObject([false, { isDeleted: true }])
    await edit(id, { visibility: 'public' })
    expect(await recordOf(uri)).not.toHaveProperty('preferences')
  })

  test('that was public stays on the network by that wish, and leaves it without', async () => {
    const id = await create({ name: 'Was public' })
    const uri = await edit(id, { visibility: 'unlisted', publishUnlisted: true })
    expect(await recordOf(uri)).toMatchObject({ preferences: { showInDiscovery: false } })
    await edit(id, { visibility: 'public' })
    expect(await recordOf(uri)).toMatchObject({ preferences: { showInDiscovery: true } })
    await edit(id, { visibility: 'unlisted', publishUnlisted: false })
    expect(await exists(uri)).toBe(false)
  })

  test('of another app is unlisted and published here, too, and keeps what else it prefers', async () => {
    const preferences = { showInDiscovery: false, theirs: { colour: 'red' } }
    const { uri } = await site.app.createEvent(ana.did, { name: 'Theirs', preferences })
    const find = db().selectFrom('events').selectAll().where('uri', '=', uri)
    await expect
      .poll(() => find.executeTakeFirst(), soon)
      .toMatchObject({ visibility: 'unlisted', publish_unlisted: true })
    const { id } = await find.executeTakeFirstOrThrow()
    await edit(id, { name: 'Edited here' })
    expect(await recordOf(uri)).toMatchObject({ name: 'Edited here', preferences })
    await site.app.editEvent(uri, { preferences: { ...preferences, showInDiscovery: true } })
    await expect
      .poll(() => find.executeTakeFirst(), soon)
      .toMatchObject({ visibility: 'public', publish_unlisted: false })
  })

  test('answers to it go where it is', async () => {
    const id = await create({ name: 'Party', visibility: 'unlisted' })
    const answer = () => answerEvent(db(), ben, { eventId: id, answer: { status: 'going' } })
    expect((await answer()).uri).toBeNull()
    await edit(id, { publishUnlisted: true })
    await site.settled()
    const { uri } = await answer()
    expect(await recordOf(uri)).toMatchObject({ subject: { uri: (await site.event(id)).uri } })
  })
})

test('an answer to an event of the network that is private here now stays here', async () => {
  const { uri } = await site.app.createEvent(ana.did, { name: 'Made private' })
  const find = db().selectFrom('events').selectAll().where('uri', '=', uri)
  await expect.poll(() => find.executeTakeFirst(), soon).toBeDefined()
  const { id } = await find.executeTakeFirstOrThrow()
  await edit(id, { visibility: 'private' })
  expect(await exists(uri)).toBe(false)
  const answer = await answerEvent(db(), ana, { eventId: id, answer: { status: 'going' } })
  expect(answer.uri).toBeNull()
})

describe('sync now', () => {
  const sync = (id: number, owner: { id: number; did: string | null } = ana) =>
    syncEvent(db(), owner, { id, publicUrl: 'http://127.0.0.1:3999' })

  test.each<[string, EventInput]>([
    ['draft', { name: 'Draft', draft: true }],
    ['private', { name: 'Private', visibility: 'private' }],
    ['unlisted', { name: 'Unlisted', visibility: 'unlisted' }],
  ])('of what is %s says so, and writes nothing', async (reason, input) => {
    const id = await create(input)
    expect(await sync(id)).toBe(reason)
    expect((await site.event(id)).uri).toBeNull()
  })

  test('without a repo says that there is none', async () => {
    const id = await create({ name: 'No repo' })
    expect(await sync(id, { id: ana.id, did: null })).toBe('not-connected')
  })

  test('writes what differs, and says where nothing does', async () => {
    const id = await create({ name: 'Same' })
    expect(await sync(id)).toBe('in-sync')
    await sql`update events set name = 'Changed behind its back' where id = ${id}`.execute(db())
    expect(await sync(id)).toBe('queued')
    await site.settled()
    expect(await recordOf((await site.event(id)).uri)).toMatchObject({ name: 'Changed behind its back' })
  })

  test('asks a server again that was away, and no sooner one that has said when', async () => {
    const id = await create({ name: 'Away' })
    const until = new Date(Date.now() + 3_600_000)
    await pauseRepo(db(), ana.did, { reason: 'host', until, error: 'no answer' })
    await updateEvent(db(), ana, { id, patch: { name: 'Tried' } })
    expect(await getEventSync(db(), id)).toMatchObject({ waiting: { pause: 'host', nextAttemptAt: until } })
    expect(await sync(id)).toBe('host-away')
    await site.settled()
    expect(await recordOf((await site.event(id)).uri)).toMatchObject({ name: 'Tried' })
    await pauseRepo(db(), ana.did, { reason: 'rate-limit', until, error: 'slow down' })
    await updateEvent(db(), ana, { id, patch: { name: 'Later' } })
    expect(await sync(id)).toBe('rate-limit')
    expect(await getEventSync(db(), id)).toMatchObject({ waiting: { pause: 'rate-limit' }, lastError: 'slow down' })
    await sql`delete from outbox_pauses`.execute(db())
    await sql`notify outbox`.execute(db())
    await site.settled()
  })

  test('after the session has ended waits for its person', async () => {
    const id = await create({ name: 'Session' })
    await sql`update oauth_sessions set state = 'needs_reconnect', sealed = null where did = ${ana.did}`.execute(db())
    await updateEvent(db(), ana, { id, patch: { name: 'Waits' } })
    await expect.poll(() => getEventSync(db(), id), soon).toMatchObject({ status: 'NEEDS_RECONNECT' })
    expect(await sync(id)).toBe('needs-reconnect')
    expect(await getEventSync(db(), id)).toMatchObject({ status: 'NEEDS_RECONNECT', waiting: { nextAttemptAt: null } })
    await site.signIn(ana.did, 'ana.test')
    await site.settled()
    expect(await sync(id)).toBe('in-sync')
  })
})
