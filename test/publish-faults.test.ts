import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountRow } from '../src/accounts/account.ts'
import { listConflicts } from '../src/events/event-conflicts.ts'
import { getEventSync } from '../src/events/event-sync.ts'
import { syncEvent } from '../src/events/sync-event.ts'
import { createEvent, deleteEvent, updateEvent } from '../src/events/write-event.ts'
import { answerEvent } from '../src/rsvps/write-rsvp.ts'
import { toBluesky } from '../src/web/view/to-bluesky.ts'
import { HostBreaker } from '../src/worker/host-breaker.ts'
import { startOutbox } from '../src/worker/run-outbox.ts'
import { type Fault, type FaultySite, startFaultySite } from '../testkit/faulty-pds.ts'

type Person = AccountRow & { did: string }
let site: FaultySite
let ana: Person
let ben: Person

beforeAll(async () => {
  site = await startFaultySite()
  ana = await site.newPerson('ana')
  ben = await site.newPerson('ben')
})
afterAll(() => site?.[Symbol.asyncDispose]())
beforeEach(() => site.faults.heal())

const db = () => site.services.db
const soon = { timeout: 12_000, interval: 10 }
const publicUrl = 'http://127.0.0.1:3999'

/** What its owner's page shows. */
async function shown(id: number) {
  const [row, sync] = [await site.event(id), await getEventSync(db(), id)]
  return toBluesky(row, sync, { answers: { synced: 0, total: 0 }, isOwner: true })
}
async function published(owner: Person, name: string) {
  const { id, uri } = await createEvent(db(), owner, { name, description: 'old' })
  await site.settled()
  if (uri === null) throw new Error('it has no uri')
  return { id, uri }
}
const nameOf = async (uri: string) => (await site.app.readRecord(uri)).value['name']
const revsOf = async (did: string) => (await site.app.listRecords(did)).length

describe.each<[Fault, number, object]>([
  ['drop-before', 1, { state: 'waiting', attempts: 1, pause: 'host', lastError: expect.stringMatching(/./) }],
  ['drop-after', 1, { state: 'waiting', attempts: 1, pause: 'host' }],
  ['rate-limited', 1, { state: 'waiting', attempts: 1, pause: 'rate-limit', lastError: /RateLimitExceeded/ }],
  ['error', 2, { state: 'waiting', attempts: 1, pause: null, lastError: /InternalServerError/ }],
  ['gateway', 1, { state: 'waiting', attempts: 1, pause: 'host', lastError: 'HTTP 502' }],
])('a PDS that answers a write with %s', (fault, times, expected) => {
  test('is asked again; the page says so, and it heals by itself, for a first write, an edit and a deletion', async () => {
    const states = await watchStates()
    site.faults.fail(fault, { did: ana.did, times })
    const { id, uri } = await createEvent(db(), ana, { name: `First ${fault}` })
    await expect.poll(() => states.get(id)?.[0], soon).toMatchObject(toMatchers(expected))
    await site.settled()
    expect(await shown(id)).toMatchObject({ state: 'on', attempts: 0, lastError: null, waitingSince: null })
    site.faults.fail(fault, { did: ana.did, times })
    await updateEvent(db(), ana, { id, patch: { name: `Then ${fault}` } })
    await site.settled()
    expect(await nameOf(uri ?? '')).toBe(`Then ${fault}`)
    expect(await listConflicts(db(), id, 'all')).toEqual([])
    const before = await revsOf(ana.did)
    site.faults.fail(fault, { did: ana.did, times })
    await deleteEvent(db(), ana, id)
    await site.settled()
    expect(await revsOf(ana.did)).toBe(before - 1)
    await states[Symbol.asyncDispose]()
  })
})

const toMatchers = (expected: object) =>
  Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  )

/** What the page would have shown at each failure: the worker tells it. */
async function watchStates(): Promise<Map<number, object[]> & AsyncDisposable> {
  const seen = new Map<number, object[]>()
  const note = async (topic: string) => {
    const id = Number(/^event:(\d+)$/.exec(topic)?.[1])
    const now = id ? await shown(id).catch(() => undefined) : undefined
    if (now?.attempts) seen.set(id, [...(seen.get(id) ?? []), now])
  }
  const listening = await site.services.database.listen('live', {
    onNotice: (topic) => void note(topic),
    onGap: () => {},
  })
  return Object.assign(seen, { [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() })
}

test('a PDS that names a time is not asked before it, for anything of that repo, and nobody else is held back', async () => {
  site.faults.retryAfterSeconds = 3
  site.faults.fail('rate-limited', { did: ana.did, times: 1 })
  const first = await createEvent(db(), ana, { name: 'Limited' })
  await expect.poll(() => shown(first.id), soon).toMatchObject({ pause: 'rate-limit' })
  const limitedAt = Date.now()
  const second = await createEvent(db(), ana, { name: 'Another' })
  const other = await createEvent(db(), ben, { name: 'Of another repo' })
  await expect.poll(() => shown(other.id), soon).toMatchObject({ state: 'on' })
  expect(await syncEvent(db(), ana, { id: second.id, publicUrl })).toBe('rate-limit')
  expect(await shown(second.id)).toMatchObject({ state: 'waiting', pause: 'rate-limit', attempts: 0 })
  await site.settled()
  const asked = site.faults.calls.filter(({ did, at }) => did === ana.did && at > limitedAt)
  expect(Math.min(...asked.map(({ at }) => at)) - limitedAt).toBeGreaterThan(1_900)
  expect(await shown(second.id)).toMatchObject({ state: 'on' })
})

test('a record that its PDS cannot store waits alone: the others of its repo go out', async () => {
  site.faults.fail('error', { did: ana.did, body: 'Poison', times: 3 })
  const poison = await createEvent(db(), ana, { name: 'Poison' })
  const next = await createEvent(db(), ana, { name: 'Next' })
  await expect.poll(() => shown(next.id), soon).toMatchObject({ state: 'on' })
  expect(await shown(poison.id)).toMatchObject({ state: 'waiting' })
  await site.settled()
  expect(await shown(poison.id)).toMatchObject({ state: 'on' })
})

test('one that refuses the record ends in SYNC_FAILED with its words, until somebody mends it', async () => {
  const { id, uri } = await published(ana, 'Fine')
  site.faults.fail('refused', { did: ana.did })
  await updateEvent(db(), ana, { id, patch: { name: 'Refused' } })
  await site.settled()
  expect(await getEventSync(db(), id)).toMatchObject({ status: 'SYNC_FAILED', waiting: null })
  const said = 'InvalidRequest: Record/startsAt must be a valid date'
  expect(await shown(id)).toMatchObject({ state: 'failed', lastError: said })
  expect(await nameOf(uri)).toBe('Fine')
  expect(await syncEvent(db(), ana, { id, publicUrl })).toBe('queued')
  await site.settled()
  expect([await nameOf(uri), (await shown(id)).state]).toEqual(['Refused', 'on'])
})

test('a swap that is refused although nothing has changed is asked about, and then written', async () => {
  const { id, uri } = await published(ana, 'Swap')
  site.faults.fail('invalid-swap', { did: ana.did, times: 2 })
  await updateEvent(db(), ana, { id, patch: { name: 'Swapped' } })
  await site.settled()
  expect(await nameOf(uri)).toBe('Swapped')
  expect(await listConflicts(db(), id, 'all')).toEqual([])
})

test('a token that has expired is renewed, and the write goes out at once', async () => {
  const { id, uri } = await published(ana, 'Token')
  site.faults.fail('expired-token', { did: ana.did })
  await updateEvent(db(), ana, { id, patch: { name: 'Renewed' } })
  await site.settled()
  expect([await nameOf(uri), await shown(id)]).toMatchObject(['Renewed', { state: 'on' }])
})

test('a scope that is missing waits for its person, who connects again', async () => {
  const { id, uri } = await published(ana, 'Scope')
  site.faults.fail('scope-missing', { did: ana.did })
  await updateEvent(db(), ana, { id, patch: { name: 'Allowed' } })
  await expect.poll(() => shown(id), soon).toMatchObject({ state: 'reconnect', nextAttemptAt: null })
  const calls = site.faults.countWrites(ana.did)
  const other = await createEvent(db(), ben, { name: 'Goes on' })
  await expect.poll(() => shown(other.id), soon).toMatchObject({ state: 'on' })
  expect(site.faults.countWrites(ana.did)).toBe(calls)
  await site.signIn(ana.did, 'ana.test')
  await site.settled()
  expect([await nameOf(uri), await shown(id)]).toMatchObject(['Allowed', { state: 'on' }])
})

test('an account that is deactivated waits, and goes on when the network says it is active', async () => {
  const { id, uri } = await published(ben, 'Away')
  const { accountManager, sequencer } = site.network.pds.pds.ctx
  const did = ben.did as `did:plc:${string}`
  await accountManager.deactivateAccount(did)
  await updateEvent(db(), ben, { id, patch: { name: 'Back' } })
  await expect.poll(() => shown(id), soon).toMatchObject({ state: 'waiting', pause: 'away', attempts: 1 })
  expect(await shown(id)).toMatchObject({ lastError: expect.stringContaining('AccountDeactivated') })
  await accountManager.activateAccount(did)
  const { status } = await accountManager.getAccountStatus(did)
  await sequencer.sequenceAccount(did, status)
  await site.settled()
  expect([await nameOf(uri), await shown(id)]).toMatchObject(['Back', { state: 'on' }])
})

test('an echo that comes before the answer is known for what it is', async () => {
  const { id, uri } = await published(ana, 'Echo')
  site.faults.fail('drop-after', { did: ana.did })
  await updateEvent(db(), ana, { id, patch: { name: 'Echoed' } })
  const { version } = await site.event(id)
  await site.settled()
  expect(await nameOf(uri)).toBe('Echoed')
  expect((await site.event(id)).version).toBe(version)
  expect(await listConflicts(db(), id, 'all')).toEqual([])
})

test('a slow PDS holds back nobody but its own repo', async () => {
  const { id, uri } = await published(ana, 'Slow')
  site.faults.fail('slow', { did: ana.did })
  await updateEvent(db(), ana, { id, patch: { name: 'Slowly' } })
  const other = await createEvent(db(), ben, { name: 'Quick' })
  await expect.poll(() => shown(other.id), { timeout: 1_400, interval: 10 }).toMatchObject({ state: 'on' })
  expect(await nameOf(uri)).toBe('Slow')
  await site.settled()
  expect(await nameOf(uri)).toBe('Slowly')
})

test('two workers write each record once', async () => {
  const { services } = site
  const context = { ...services, publicUrl, breaker: new HostBreaker({ firstMs: 1000, maxMs: 60_000 }) }
  const second = await startOutbox({ context, listen: services.database.listen, metrics: services.metrics })
  const release = await site.holdOutbox()
  const events = []
  for (let n = 0; n < 20; n++) events.push(await createEvent(db(), n % 2 ? ana : ben, { name: `Two ${n}` }))
  const before = site.faults.countWrites()
  await release()
  await site.settled()
  await second[Symbol.asyncDispose]()
  expect(site.faults.countWrites() - before).toBe(20)
  for (const { id } of events) expect(await shown(id)).toMatchObject({ state: 'on' })
}, 60_000)

test('an answer whose write fails waits like any other, and its sync status says so', async () => {
  const { id } = await published(ana, 'Party')
  site.faults.fail('refused', { did: ben.did })
  const { uri } = await answerEvent(db(), ben, { eventId: id, answer: { status: 'going' } })
  const statusOf = () =>
    db().selectFrom('records').select(['sync_status', 'sync_error']).where('uri', '=', uri).executeTakeFirst()
  await site.settled()
  expect(await statusOf()).toMatchObject({
    sync_status: 'SYNC_FAILED',
    sync_error: expect.stringContaining('InvalidRequest'),
  })
  await answerEvent(db(), ben, { eventId: id, answer: { status: 'interested' } })
  await site.settled()
  expect(await statusOf()).toEqual({ sync_status: 'IN_SYNC', sync_error: null })
})

test('a host that keeps failing is left alone, and probed by one', async () => {
  // Others of the file's failures are forgotten: this breaker is of a worker of its own.
  site.faults.fail('gateway', { times: 5 })
  const release = await site.holdOutbox()
  const events = []
  for (let n = 0; n < 6; n++) events.push(await createEvent(db(), n % 2 ? ana : ben, { name: `Broken ${n}` }))
  await release()
  await expect
    .poll(
      () =>
        db()
          .selectFrom('outbox_pauses')
          .select('reason')
          .where('until', '>', sql<Date>`now()`)
          .execute(),
      soon,
    )
    .toContainEqual({ reason: 'host' })
  await site.settled()
  for (const { id } of events) expect(await shown(id)).toMatchObject({ state: 'on' })
}, 60_000)
