import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodeOptions, root } from '../scripts/bootstrap/run-with-node.mjs'
import { json, xrpcError } from '../sandbox/loopback-server.ts'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { backfill, reconcile } from '../src/ingest/backfill.ts'
import { earliestRev } from '../src/ingest/backfill-repo.ts'
import { HostGate } from '../src/ingest/host-gate.ts'
import { eventOp, eventUri, newDid, rsvpUri } from '../testkit/calendar-ops.ts'
import { networkSize, startCalendarFleet } from '../testkit/calendar-fleet.ts'
import { FakeFleet, eventValue, rsvpValue } from '../testkit/fake-fleet.ts'
import { TestIngest } from '../testkit/test-ingest.ts'
import { passDeps } from '../testkit/test-passes.ts'

let ingest: TestIngest
let stack: AsyncDisposableStack
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  ingest = stack.use(await TestIngest.start())
})
afterEach(() => stack.disposeAsync())

const startFleet = async (hosts = 1) => stack.use(await FakeFleet.start(hosts))
const count = async (table: 'records' | 'events' | 'rsvps' | 'repo_reads') => {
  const { rows } = await sql<{ n: number }>`select count(*)::int4 as n from ${sql.table(table)}`.execute(ingest.db)
  return rows[0]?.n
}

describe('a backfill', () => {
  test('reads the calendars of a whole network in fewer than 2,000 requests', { timeout: 180_000 }, async () => {
    const { repos, records } = networkSize
    const fleet = stack.use(await startCalendarFleet(networkSize))
    const progress = await backfill(passDeps(ingest.db, fleet))
    expect(progress).toMatchObject({ repos, done: repos, failed: 0, away: 0, applied: records })
    expect(await count('records')).toBe(records)
    expect(fleet.asked.length).toBeLessThanOrEqual(2_000)
    expect(Math.max(...fleet.mostUnderWay)).toBeLessThanOrEqual(4)
    const again = await backfill(passDeps(ingest.db, fleet))
    expect(again).toMatchObject({ repos, done: repos, applied: 0, missingHere: 0, stale: 0 })
  })

  test('gives what is not known the earliest rev, so that whatever happens later counts', async () => {
    const fleet = await startFleet()
    const repo = fleet.add(newDid()).put(eventCollection, 'a', eventValue('Listed'))
    await backfill(passDeps(ingest.db, fleet))
    expect(await ingest.ledger(eventUri(repo.did, 'a'))).toMatchObject({ rev: earliestRev })
    await ingest.take(eventOp({ did: repo.did, rkey: 'a', n: 0 }, { name: 'Told since' }))
    expect(await ingest.event(eventUri(repo.did, 'a'))).toMatchObject({ name: 'Told since' })
  })

  test('compares a repo with all revs where anything differs from what is known', async () => {
    const fleet = await startFleet()
    const repo = fleet.add(newDid()).put(eventCollection, 'a', eventValue('Newer')).touch(50)
    await ingest.take(eventOp({ did: repo.did, rkey: 'a', n: 5 }), eventOp({ did: repo.did, rkey: 'gone', n: 6 }))
    const progress = await backfill(passDeps(ingest.db, fleet))
    expect(progress).toMatchObject({ stale: 1, missingThere: 1, applied: 2 })
    expect((await ingest.events()).map(({ name }) => name)).toEqual(['Newer'])
    expect(await ingest.ledger(eventUri(repo.did, 'a'))).toMatchObject({ rev: repo.rev })
  })

  test('asks repos it knows for their rev only, once they were compared', async () => {
    const fleet = await startFleet()
    fleet.add(newDid()).put(eventCollection, 'a', eventValue('A'))
    await reconcile(passDeps(ingest.db, fleet))
    fleet.asked.length = 0
    expect(await backfill(passDeps(ingest.db, fleet))).toMatchObject({ unchanged: 1 })
    expect(fleet.asked.filter((line) => line.startsWith('0'))).toEqual(['0 com.atproto.sync.getLatestCommit'])
  })

  test('never asks for anything but the two collections', async () => {
    const fleet = await startFleet()
    const repo = fleet.add(newDid()).put(eventCollection, 'a', eventValue('A')).put('app.bsky.feed.post', 'p', {})
    repo.put(rsvpCollection, 'r', rsvpValue(eventUri(repo.did, 'a')))
    await reconcile(passDeps(ingest.db, fleet))
    expect(new Set(fleet.asked.map((line) => line.split(' ')[2]))).toEqual(
      new Set([undefined, eventCollection, rsvpCollection]),
    )
  })

  test.each([49, 50, 99, 100, 150, 251])('finds all %i records of a server with small pages', async (size) => {
    const fleet = await startFleet()
    const repo = fleet.add(newDid())
    for (let i = 0; i < size; i++) repo.put(eventCollection, `k${i}`, eventValue('E'))
    fleet.hook = (method, { url }) => {
      if (method.endsWith('listRecords')) url.searchParams.set('limit', '50')
      return undefined
    }
    expect(await backfill(passDeps(ingest.db, fleet))).toMatchObject({ applied: size })
  })
})

describe('a server that has too much to do', () => {
  test('is left alone for as long as it says, while the others are read', async () => {
    const fleet = await startFleet(2)
    for (let i = 0; i < 40; i++) fleet.add(newDid(), i % 2).put(eventCollection, 'a', eventValue('A'))
    let refusedAt = 0
    const answeredAt: number[] = []
    fleet.hook = (method, _, host) => {
      if (host !== 0 || !method.endsWith('listRecords')) return undefined
      refusedAt ||= Date.now()
      if (Date.now() - refusedAt > 1_000) {
        answeredAt.push(Date.now() - refusedAt)
        return undefined
      }
      return { ...json({ error: 'RateLimitExceeded' }, 429), headers: { 'retry-after': '1' } }
    }
    const progress = await backfill(passDeps(ingest.db, fleet), { retryMs: 20 })
    expect(progress).toMatchObject({ done: 40, failed: 0, applied: 40 })
    const refused = fleet.asked.filter((line) => line.startsWith('0 ')).length - 20
    expect(refused).toBeLessThanOrEqual(8)
    expect(Math.min(...answeredAt)).toBeGreaterThanOrEqual(1_000)
  })

  test('and fails is tried again, and given up only for this time', async () => {
    const fleet = await startFleet(3)
    const [fine, flaky, dead] = [0, 1, 2].map((host) =>
      fleet.add(newDid(), host).put(eventCollection, 'a', eventValue('A')),
    )
    let tries = 0
    fleet.hook = (_, __, host) => {
      if (host === 2 || (host === 1 && ++tries < 3)) return xrpcError('InternalServerError', 'oops', 500)
      return undefined
    }
    const deps = passDeps(ingest.db, fleet)
    expect(await backfill(deps, { retryMs: 5 })).toMatchObject({ done: 3, applied: 2, failed: 1 })
    expect((await deps.metrics.reconciliationErrors.get()).values[0]?.value).toBe(1)
    fleet.hook = undefined
    expect(await backfill(deps, { dids: [dead?.did ?? ''] })).toMatchObject({ failed: 0, applied: 1 })
    expect(await ingest.event(eventUri(fine?.did ?? '', 'a'))).toBeDefined()
    expect(await ingest.event(eventUri(flaky?.did ?? '', 'a'))).toBeDefined()
  })

  test('and is slow keeps nobody else waiting', async () => {
    const fleet = await startFleet(2)
    for (let i = 0; i < 200; i++) fleet.add(newDid(), i < 20 ? 0 : 1).put(eventCollection, 'a', eventValue('A'))
    const release = Promise.withResolvers<undefined>()
    fleet.hook = (method, _, host) => (host === 0 && method.endsWith('listRecords') ? release.promise : undefined)
    const reading = backfill(passDeps(ingest.db, fleet))
    await expect.poll(() => count('events'), { timeout: 10_000 }).toBe(180)
    release.resolve(undefined)
    expect(await reading).toMatchObject({ done: 200, failed: 0 })
  })
})

test('several workers share a pass, and no repo is read twice', async () => {
  const fleet = await startFleet(4)
  for (let i = 0; i < 120; i++) fleet.add(newDid(), i % 4).put(rsvpCollection, 'a', rsvpValue(rsvpUri(newDid(), 'x')))
  const deps = passDeps(ingest.db, fleet)
  const both = await Promise.all([backfill(deps), backfill({ ...deps, gate: new HostGate({ perHost: 1, inAll: 2 }) })])
  expect(both[1]).toMatchObject({ applied: expect.any(Number), failed: 0 })
  expect(await count('records')).toBe(120)
})

describe('the command', () => {
  test('killed in the middle goes on where it was, and reads what is left', { timeout: 120_000 }, async () => {
    const fleet = stack.use(await startCalendarFleet({ hosts: 8, repos: 600, records: 4_000 }))
    fleet.hook = async () => new Promise((done) => setTimeout(() => done(undefined), 10))
    const first = await runBackfill(fleet)
    while (((await count('records')) ?? 0) < 500) await new Promise((done) => setTimeout(done, 20))
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const askedBefore = fleet.asked.length
    expect(await count('records')).toBeLessThan(4_000)
    const second = await runBackfill(fleet)
    const [code] = await once(second.child, 'exit')
    expect({ code, said: code === 0 ? '' : second.said.join('') }).toEqual({ code: 0, said: '' })
    expect(JSON.parse(second.out.join(''))).toMatchObject({ repos: 600, done: 600, failed: 0 })
    expect(await count('records')).toBe(4_000)
    // Nothing that was done is done again, but for what was under way.
    const perRepo = fleet.asked.length / 600
    expect(askedBefore).toBeGreaterThan(100)
    expect(perRepo).toBeLessThan(2)
    const runs = await ingest.db.selectFrom('repo_runs').select(['state', 'kind']).execute()
    expect(runs).toEqual([{ state: 'done', kind: 'backfill' }])
  })

  async function runBackfill(fleet: FakeFleet) {
    const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-backfill-'))
    stack.defer(() => rm(dataDir, { recursive: true, force: true }))
    const child = spawn(process.execPath, [...nodeOptions(), 'src/main.ts', 'backfill', '--json'], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: ingest.open.url,
        DATA_DIR: dataDir,
        PUBLIC_URL: 'http://127.0.0.1:3999',
        PLC_URL: fleet.url,
        RELAY_URL: fleet.url,
        ALLOW_PRIVATE_NETWORK: 'true',
        ROLES: 'ingest',
        // Nobody's process: it ends with the test.
        OPENMEET_WRAPPER: String(process.pid),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, said]: string[][] = [[], []]
    child.stdout.on('data', (data: Buffer) => out?.push(data.toString()))
    child.stderr.on('data', (data: Buffer) => said?.push(data.toString()))
    return { child, out: out ?? [], said: said ?? [] }
  }
})
