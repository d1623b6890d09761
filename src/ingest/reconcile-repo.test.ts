import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteOp, eventOp, eventUri, newDid, rsvpOp } from '../../testkit/calendar-ops.ts'
import { FakeFleet, type FleetRepo, eventValue, rsvpValue } from '../../testkit/fake-fleet.ts'
import { TestIngest } from '../../testkit/test-ingest.ts'
import { passDeps } from '../../testkit/test-passes.ts'
import { json, xrpcError } from '../../sandbox/loopback-server.ts'
import { eventCollection, rsvpCollection } from '../atproto/collections.ts'
import { HostGate } from './host-gate.ts'
import { type ReconcileOptions, reconcileRepo } from './reconcile-repo.ts'

let ingest: TestIngest
let fleet: FakeFleet
let did: string
let repo: FleetRepo

beforeAll(async () => {
  ingest = await TestIngest.start()
  fleet = await FakeFleet.start(2)
})
afterAll(async () => {
  await ingest[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await ingest.forgetAll()
  await sql`truncate repos`.execute(ingest.db)
  fleet.hook = undefined
  fleet.asked.length = 0
  did = newDid()
  repo = fleet.add(did)
})

const reconcile = (options: ReconcileOptions = {}) =>
  reconcileRepo({ ...passDeps(ingest.db, fleet), gate: new HostGate() }, did, options)
const names = async () => (await ingest.events()).map(({ name }) => name)
const counts = (missingHere: number, stale: number, missingThere: number, applied: number) =>
  expect.objectContaining({ state: 'read', missingHere, stale, missingThere, applied })

describe('a repo that is reconciled', () => {
  test('is brought in: what is missing here, what is out of date, and what is gone there', async () => {
    await ingest.take(eventOp({ did, rkey: 'same', n: 1 }), eventOp({ did, rkey: 'old', n: 2 }, { name: 'Old' }))
    await ingest.take(eventOp({ did, rkey: 'gone', n: 3 }), rsvpOp({ did, rkey: 'r', n: 4 }, eventUri(did, 'same')))
    const same = await ingest.ledger(eventUri(did, 'same'))
    const kept = eventOp({ did, rkey: 'same', n: 1 }).record ?? {}
    repo
      .touch(10)
      .put(eventCollection, 'same', kept, same?.cid ?? '')
      .put(eventCollection, 'old', eventValue('New'))
    repo.put(eventCollection, 'missing', eventValue('Missing'))
    expect(await reconcile()).toEqual(counts(1, 1, 2, 4))
    expect((await names()).toSorted()).toEqual(['Event same', 'Missing', 'New'])
    expect(await ingest.answers(eventUri(did, 'same'))).toEqual([])
    expect(await ingest.ledger(eventUri(did, 'gone'))).toMatchObject({ deleted: true, rev: repo.rev })
  })

  test('costs one question the second time, and is read again once its rev has moved', async () => {
    repo.put(eventCollection, 'a', eventValue('A'))
    await reconcile()
    fleet.asked.length = 0
    expect(await reconcile()).toEqual({ state: 'unchanged' })
    expect(fleet.asked).toEqual(['0 com.atproto.sync.getLatestCommit'])
    const before = await ingest.dump()
    expect(await reconcile({ isThorough: true })).toEqual(counts(0, 0, 0, 0))
    expect(await ingest.dump()).toEqual(before)
    repo.put(eventCollection, 'b', eventValue('B'))
    expect(await reconcile()).toEqual(counts(1, 0, 0, 1))
  })

  test('is only counted in a dry run', async () => {
    await ingest.take(eventOp({ did, rkey: 'gone', n: 1 }))
    repo.touch(10).put(eventCollection, 'missing', eventValue('Missing'))
    const before = await ingest.dump()
    expect(await reconcile({ isDryRun: true })).toEqual(counts(1, 0, 1, 0))
    expect(await ingest.dump()).toEqual(before)
    expect(await reconcile()).toEqual(counts(1, 0, 1, 2))
  })

  test('many pages long loses nothing to their borders', async () => {
    for (let i = 0; i < 250; i++) repo.put(eventCollection, `k${String(i).padStart(3, '0')}`, eventValue(`E${i}`))
    expect(await reconcile()).toEqual(counts(250, 0, 0, 250))
    repo.delete(eventCollection, 'k100').delete(eventCollection, 'k149')
    expect(await reconcile()).toEqual(counts(0, 0, 2, 2))
  })

  test('has moved: the server it is at now is asked', async () => {
    const moved = fleet.add(did, 1).put(eventCollection, 'a', eventValue('A'))
    let isFresh = false
    const identities = {
      resolveDid: async (of: string, options?: { fresh?: boolean }) => {
        isFresh ||= options?.fresh ?? false
        return { ...(await fleet.identities.resolveDid(of)), pdsUrl: fleet.hostUrl(isFresh ? moved.host : 0) }
      },
    }
    const deps = { ...passDeps(ingest.db, fleet), gate: new HostGate(), identities }
    expect(await reconcileRepo(deps, did)).toEqual(counts(1, 0, 0, 1))
  })
})

describe('nothing is deleted', () => {
  beforeEach(async () => {
    await ingest.take(eventOp({ did, rkey: 'kept', n: 1 }), rsvpOp({ did, rkey: 'r', n: 2 }, eventUri(did, 'kept')))
    repo.touch(10)
  })
  const isThere = async () => {
    expect(await names()).toEqual(['Event kept'])
    expect(await ingest.answers(eventUri(did, 'kept'))).toHaveLength(1)
  }

  test.each([
    ['a server that is away', () => ({ status: 502, type: 'text/html', body: '<html>' })],
    ['an error with an empty list', () => ({ ...json({ records: [], error: 'Oops' }), status: 500 })],
    ['a success that lists nothing', () => json({ error: 'Oops' })],
    ['an answer that is no JSON', () => ({ status: 200, type: 'text/html', body: 'welcome' })],
    ['a cursor that comes twice', () => json({ records: [{}], cursor: 'again' })],
  ])('because of %s', async (_, answer) => {
    fleet.hook = (method) => (method.endsWith('listRecords') ? answer() : undefined)
    await expect(reconcile()).rejects.toThrow(/127/)
    await isThere()
  })

  test('when the list breaks off on its second page', async () => {
    for (let i = 0; i < 150; i++) repo.put(eventCollection, `z${i}`, eventValue('Z'))
    fleet.hook = (_, { url }) => (url.searchParams.has('cursor') ? xrpcError('Oops', 'no', 500) : undefined)
    await expect(reconcile()).rejects.toThrow('500')
    expect(await ingest.event(eventUri(did, 'kept'))).toBeDefined()
  })

  test.each(['RepoDeactivated', 'RepoTakendown', 'RepoNotFound'])('when the host says %s', async (error) => {
    repo.error = error
    expect(await reconcile()).toMatchObject({ state: 'away' })
    await isThere()
  })

  test('by a server that stands before what is known here', async () => {
    await ingest.take(eventOp({ did, rkey: 'later', n: 1000 }))
    expect(await reconcile()).toEqual(counts(0, 0, 2, 2))
    expect(await names()).toEqual(['Event later'])
    expect(await reconcile()).not.toMatchObject({ state: 'unchanged' })
  })

  test('by a server that names records of others, or none that can be named', async () => {
    fleet.hook = (method) =>
      method.endsWith('listRecords') ? json({ records: [{ uri: eventUri(newDid(), 'x'), value: {} }] }) : undefined
    expect(await reconcile()).toEqual(counts(0, 0, 0, 0))
    await isThere()
  })

  test('that is listed without a value: it is put aside', async () => {
    fleet.hook = (method, { url }) =>
      method.endsWith('listRecords') && url.searchParams.get('collection') === eventCollection
        ? json({ records: [{ uri: eventUri(did, 'kept'), cid: 'x', value: null }] })
        : undefined
    await reconcile()
    expect(await names()).toEqual(['Event kept'])
    const letters = await ingest.db.selectFrom('dead_letters').select('reason').execute()
    expect(letters).toEqual([{ reason: 'record-missing' }])
  })

  test('that waits to be written, or is being written', async () => {
    const [waiting, writing] = [eventUri(did, 'kept'), eventUri(did, 'writing')]
    await ingest.take(eventOp({ did, rkey: 'writing', n: 3 }))
    await sql`insert into outbox (uri, did, action) values (${waiting}, ${did}, 'put')`.execute(ingest.db)
    await sql`update records set writing_cid = 'bafy' where uri = ${writing}`.execute(ingest.db)
    await reconcile()
    expect(await ingest.ledger(waiting)).toMatchObject({ deleted: false })
    expect(await ingest.ledger(writing)).toMatchObject({ deleted: false })
  })

  test('that somebody wrote while it was listed', async () => {
    fleet.hook = async (method) => {
      if (method.endsWith('listRecords')) await ingest.take(eventOp({ did, rkey: 'new', n: 500 }))
      return undefined
    }
    await reconcile()
    expect(await ingest.event(eventUri(did, 'new'))).toBeDefined()
  })
})

test('an op that comes late, from before the reconciliation, changes nothing', async () => {
  repo.touch(10).put(eventCollection, 'a', eventValue('Now'))
  await reconcile()
  await ingest.take(
    eventOp({ did, rkey: 'a', n: 5 }, { name: 'Before' }),
    deleteOp(eventOp({ did, rkey: 'a', n: 5 }), 6),
  )
  expect(await names()).toEqual(['Now'])
})

test('answers of a repo are reconciled with its events', async () => {
  const host = newDid()
  await ingest.take(eventOp({ did: host, rkey: 'party', n: 1 }))
  repo.put(rsvpCollection, 'r', rsvpValue(eventUri(host, 'party')))
  await reconcile()
  expect(await ingest.answers(eventUri(host, 'party'))).toEqual([`${did} going r`])
})
