import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventOp, eventUri, newDid, rev, toMessages } from '../../testkit/calendar-ops.ts'
import { FakeFleet, eventValue } from '../../testkit/fake-fleet.ts'
import { TestIngest } from '../../testkit/test-ingest.ts'
import { passDeps } from '../../testkit/test-passes.ts'
import { xrpcError } from '../../sandbox/loopback-server.ts'
import { eventCollection } from '../atproto/collections.ts'
import type { SyncOp } from '../atproto/record-op.ts'
import { createLead } from '../db/lead.ts'
import { silentLog } from '../../testkit/silent-log.ts'
import { findBeginning, noticeHost } from './begin-reading.ts'
import { FloodGate } from './flood-gate.ts'
import { findGap, listGaps, reopenGap, storeGaps } from './gap-store.ts'
import { startHealing } from './heal-gaps.ts'
import { addRepos, beginReading, listRuns, startRun } from './repo-run-store.ts'

const soon = { timeout: 15_000, interval: 10 }
let ingest: TestIngest
let fleet: FakeFleet
let stack: AsyncDisposableStack
let metrics: ReturnType<typeof passDeps>['metrics']

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  ingest = stack.use(await TestIngest.start())
  fleet = stack.use(await FakeFleet.start(2))
})
afterEach(() => stack.disposeAsync())

function heal() {
  const deps = passDeps(ingest.db, fleet)
  ;({ metrics } = deps)
  const { connection, listen } = ingest.open.database
  stack.use(startHealing({ deps, lead: createLead(connection, silentLog), listen, pauseMs: 20 }))
}
const states = async () => (await listGaps(ingest.db, 100)).map(({ reason, state }) => `${reason} ${state}`)
const store = (reason: string, did?: string) =>
  ingest.db
    .transaction()
    .execute((tx) => storeGaps(tx, [{ source: 'test', reason, ...(did !== undefined && { did }) }]))
const sync = (did: string, reason?: string): SyncOp => ({
  kind: 'sync',
  did,
  rev: rev(9),
  time: new Date(),
  ...(reason !== undefined && { reason }),
})

describe('a gap', () => {
  test.each([
    ['cursor-clamped'],
    ['cursor-too-old'],
    ['cursor-outdated'],
    ['cursor-in-future'],
    ['consumer-too-slow'],
    ['source-silent'],
    ['source-changed'],
    ['host-changed'],
  ])('is written down with the cursor when the source says %s', async (reason) => {
    await ingest.takeAt(5, { notices: [{ reason, detail: 'why', from: 1, to: 5 }] })
    expect(await listGaps(ingest.db, 10)).toMatchObject([
      { reason, source: 'test', did: null, detail: 'why', fromCursor: 1, toCursor: 5, state: 'open' },
    ])
  })

  test('is not every word of a source', async () => {
    await ingest.takeAt(5, { notices: [{ reason: 'source-says', detail: 'hello' }] })
    expect(await states()).toEqual([])
  })

  test('is one, however often it is found before it is healed', async () => {
    await store('cursor-clamped')
    await store('cursor-clamped')
    await store('repo-resynced', 'did:plc:a')
    await store('repo-resynced', 'did:plc:b')
    expect((await listGaps(ingest.db, 10)).map(({ times }) => times)).toEqual([1, 1, 2])
  })

  test('of a repo that resyncs is one of ours only', async () => {
    const did = newDid()
    await ingest.take(eventOp({ did, rkey: 'a', n: 1 }))
    await ingest.take(sync(did), sync(did, 'repo-diverged'), sync(newDid()), sync(did, 'made up'))
    const gaps = await listGaps(ingest.db, 10)
    expect(gaps.map(({ reason, did, times }) => ({ reason, did, times })).toReversed()).toEqual([
      { reason: 'repo-resynced', did, times: 2 },
      { reason: 'repo-diverged', did, times: 1 },
    ])
  })
})

describe('healing', () => {
  test('reads exactly the repo concerned', async () => {
    const did = newDid()
    fleet.add(newDid()).put(eventCollection, 'x', eventValue('Somebody else'))
    fleet.add(did).put(eventCollection, 'a', eventValue('A'))
    heal()
    await store('repo-resynced', did)
    await expect.poll(states, soon).toEqual(['repo-resynced healed'])
    expect((await ingest.events()).map(({ name }) => name)).toEqual(['A'])
    expect(fleet.asked.every((line) => line.startsWith('0'))).toBe(true)
    expect((await metrics.gaps.get()).values).toMatchObject([{ labels: { reason: 'repo-resynced' }, value: 1 }])
  })

  test('reads all repos that are known here, and those that have begun meanwhile', async () => {
    const [known, fresh] = [newDid(), newDid()]
    await ingest.take(eventOp({ did: known, rkey: 'gone', n: 1 }))
    fleet.add(known, 0).touch(100)
    fleet.add(fresh, 1).put(eventCollection, 'a', eventValue('Fresh'))
    heal()
    await store('cursor-clamped')
    await expect.poll(states, soon).toEqual(['cursor-clamped healed'])
    expect((await ingest.events()).map(({ name }) => name)).toEqual(['Fresh'])
    expect((await listGaps(ingest.db, 1))[0]).toMatchObject({ repaired: 2 })
  })

  test('that could not read a repo says so, and tries that repo alone again', { timeout: 60_000 }, async () => {
    const [fine, away] = [fleet.add(newDid(), 0), fleet.add(newDid(), 1)]
    for (const repo of [fine, away]) repo.put(eventCollection, 'a', eventValue('A'))
    fleet.hook = (_, __, host) => (host === 1 ? xrpcError('Oops', 'no', 404) : undefined)
    heal()
    await store('cursor-clamped')
    // The retries within a pass are for moments; what counts here is what comes after them.
    const spent = () =>
      sql`update repo_reads set attempts = 6, due_at = now() where state = 'waiting'`.execute(ingest.db)
    await expect.poll(async () => (await spent(), states()), soon).toEqual(['cursor-clamped failed'])
    fleet.hook = undefined
    fleet.asked.length = 0
    const [gap] = await listGaps(ingest.db, 1)
    expect(await reopenGap(ingest.db, gap?.id ?? 0)).toBe(true)
    await expect.poll(states, soon).toEqual(['cursor-clamped healed'])
    expect(fleet.asked.some((line) => line.startsWith('0') || line.startsWith('-1'))).toBe(false)
    expect(await ingest.event(eventUri(away.did, 'a'))).toBeDefined()
  })

  test('without a relay that answers heals what is known, and says that there may be more', async () => {
    const did = newDid()
    await ingest.take(eventOp({ did, rkey: 'gone', n: 1 }))
    fleet.add(did).touch(100)
    fleet.hook = (_, __, host) => (host === -1 ? xrpcError('Oops', 'no', 500) : undefined)
    heal()
    await store('cursor-clamped')
    await expect.poll(states, soon).toEqual(['cursor-clamped failed'])
    expect(await ingest.events()).toEqual([])
    expect((await listRuns(ingest.db, 1))[0]?.error).toContain('500')
  })

  test('goes on with a pass that somebody began, or died over', async () => {
    const did = fleet.add(newDid()).put(eventCollection, 'a', eventValue('A')).did
    await store('repo-resynced', did)
    const [gap] = await listGaps(ingest.db, 1)
    await sql`update gaps set state = 'healing'`.execute(ingest.db)
    const run = await startRun(ingest.db, { kind: 'backfill' })
    await addRepos(ingest.db, run.id, [did])
    await beginReading(ingest.db, run.id)
    heal()
    await expect
      .poll(async () => (await listRuns(ingest.db, 10)).map(({ state }) => state), soon)
      .toEqual(['done', 'done'])
    expect(await findGap(ingest.db, gap?.id ?? 0)).toMatchObject({ state: 'healed' })
  })
})

describe('where reading begins', () => {
  const source = (name: string, isByTime = false) => ({ name, isByTime, batches: async function* () {} })

  test('is after the cursor; without any, at the source’s present', async () => {
    expect(await findBeginning(ingest.db, source('a'))).toEqual({ cursor: undefined, host: '', notices: [] })
    await ingest.takeAt(7)
    expect(await findBeginning(ingest.db, source('test'))).toEqual({ cursor: 7, host: 'a', notices: [] })
  })

  test('of another source than before is a gap, and some time before the other was left', async () => {
    await ingest.takeAt(7)
    const bySeq = await findBeginning(ingest.db, source('firehose:b'))
    expect(bySeq).toMatchObject({ cursor: undefined, notices: [{ reason: 'source-changed' }] })
    const byTime = await findBeginning(ingest.db, source('jetstream', true))
    const minutes = (Date.now() - (byTime.cursor ?? 0) / 1000) / 60_000
    expect(minutes).toBeCloseTo(10, 0)
  })

  test('another host than before is a gap, which is healed a little later', async () => {
    expect(noticeHost('a', 'a')).toEqual([])
    expect(noticeHost('', 'a')).toEqual([])
    await ingest.takeAt(8, { notices: noticeHost('a', 'b') })
    const [gap] = await listGaps(ingest.db, 1)
    expect(gap).toMatchObject({ reason: 'host-changed', detail: 'from a to b' })
    expect(gap?.dueAt.getTime()).toBeGreaterThan(Date.now() + 30_000)
  })
})

test('a flood is left out, and read at once when it is over: only what there is then', async () => {
  const [loud, quiet] = [newDid(), newDid()]
  const gate = new FloodGate({ max: 100, windowMs: 1_000 })
  const now = Date.now()
  const repo = fleet.add(loud).touch(20_000).put(eventCollection, 'a', eventValue('The last'))
  const flood = Array.from({ length: 10_000 }, (_, i) => eventOp({ did: loud, rkey: 'a', n: i }, { name: `v${i}` }))
  const all = toMessages([...flood.slice(0, 5_000), eventOp({ did: quiet, rkey: 'q', n: 1 }), ...flood.slice(5_000)])
  for (let i = 0; i < all.length; i += 100) {
    const batch = gate.sift({ messages: all.slice(i, i + 100), cursor: i, host: 'a', notices: [] }, now)
    await ingest.takeAt(i, batch)
  }
  expect(await ingest.event(eventUri(loud, 'a'))).toMatchObject({ name: 'v99' })
  expect(await ingest.event(eventUri(quiet, 'q'))).toBeDefined()
  expect(await listGaps(ingest.db, 10)).toMatchObject([{ reason: 'author-flood', did: loud, state: 'open' }])
  heal()
  await expect.poll(states, soon).toEqual(['author-flood healed'])
  expect(await ingest.event(eventUri(loud, 'a'))).toMatchObject({ name: 'The last' })
  expect(await ingest.ledger(eventUri(loud, 'a'))).toMatchObject({ rev: repo.rev })
})
