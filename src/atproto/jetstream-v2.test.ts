import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeJetstreamV2, type V2Event } from '../../testkit/fake-jetstream-v2.ts'
import { type Reading, namesOf, quickTiming as timing, readSource, until } from '../../testkit/read-source.ts'
import { eventCollection, rsvpCollection } from './collections.ts'
import { createJetstreamV2Source } from './jetstream-v2.ts'

const second = 1_000_000
// Whole milliseconds, as the host tells them.
const now = Math.floor(Date.now() / 1000) * second
const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'

let hosts: FakeJetstreamV2[]
beforeEach(async () => {
  hosts = [await FakeJetstreamV2.start(), await FakeJetstreamV2.start()]
})
afterEach(async () => {
  for (const host of hosts) await host[Symbol.asyncDispose]()
})

const host = (i = 0) => hosts[i] as FakeJetstreamV2
const source = (...which: number[]) => createJetstreamV2Source({ urls: which.map((i) => host(i).url), timing })
const has = (...wanted: string[]) => ({
  isEnough: ({ ops }: Reading) => wanted.every((name) => namesOf(ops).includes(name)),
})

function create(micros: number, rkey: string, extra: object = {}): V2Event {
  const record = { $type: eventCollection, name: rkey }
  const commit = { did, rev: `3mpt${rkey}`, operation: 'create', collection: eventCollection, rkey, record, cid: rkey }
  return { seq: micros - now + 1_000_000_000, time: toTime(micros), kind: 'commit', body: { ...commit, ...extra } }
}
const other = (micros: number, kind: string, body: object): V2Event => ({
  seq: micros - now + 1_000_000_000,
  time: toTime(micros),
  kind,
  body: { did, ...body },
})
const toTime = (micros: number) => new Date(micros / 1000).toISOString()

describe('a Jetstream v2', () => {
  test('is read from a time on, a little earlier, for the two collections and all that concerns repos', async () => {
    host().send(create(now - 60 * second, 'old'), create(now - 3 * second, 'near'), create(now, 'new'))
    const { ops, batches } = await readSource(source(0), { cursor: now, ...has('new') })
    expect(namesOf(ops)).toEqual(['near', 'new'])
    expect(batches.at(-1)).toMatchObject({ cursor: now, host: new URL(host().url).host })
    const [query] = host().queries
    expect(query?.getAll('collections')).toEqual([eventCollection, rsvpCollection])
    expect(query?.getAll('kinds')).toEqual(['commit', 'identity', 'account', 'sync'])
    expect(query?.get('cursor')).toBe(String(now - 5 * second))
  })

  test('is connected to again exactly where it broke off, by its seq', async () => {
    host().send(create(now, 'one'))
    const reading = readSource(source(0), {
      cursor: now,
      ...has('two'),
      onBatch: ({ messages }) => messages.length > 0 && host().queries.length === 1 && host().dropConnections(),
    })
    await until(() => host().queries.length === 2)
    host().send(create(now + second, 'two'))
    await reading
    expect(host().queries[1]?.get('cursor')).toBe('1000000000')
  })

  test('is left for another host by time, which both understand', async () => {
    const first = source(0, 1)
    host(0).send(create(now, 'one'))
    host(1).send(create(now - 2 * second, 'missed'), create(now + second, 'two'))
    const { ops } = await readSource(first, {
      cursor: now,
      ...has('one', 'missed', 'two'),
      onBatch: () => host(0)[Symbol.asyncDispose](),
    })
    expect(namesOf(ops)).toEqual(['one', 'missed', 'two'])
    expect(host(1).queries[0]?.get('cursor')).toBe(String(now - 5 * second))
    hosts = [host(1)]
  })

  test('that no longer has what is asked for is asked for less, and what is left out is said', async () => {
    const asked = now - 1000 * 3600 * second
    host().forgetBefore(now - 36 * 3600 * second)
    host().send(create(now - 10 * second, 'kept'))
    const { notices, batches } = await readSource(source(0), { cursor: asked, ...has('kept') })
    expect(notices.length).toBeGreaterThan(2)
    expect(new Set(notices.map(({ reason }) => reason))).toEqual(new Set(['cursor-too-old']))
    expect(notices[0]).toMatchObject({ from: asked, detail: 'not kept any more' })
    expect(notices.at(-1)?.to).toBeGreaterThan(now - 36 * 3600 * second)
    // The cursor never passes what is left out before that is told.
    const passed = batches.findIndex(({ cursor }) => (cursor ?? 0) > asked)
    expect(batches[passed]?.notices.length).toBeGreaterThan(0)
  })

  test('whose seqs have begun anew is asked by time', async () => {
    host().send(create(now, 'one'))
    const reading = readSource(source(0), { cursor: now, ...has('two') })
    await until(() => host().clients.size > 0)
    await new Promise((done) => setTimeout(done, 50))
    host().dropConnections()
    await until(() => host().queries.length > 1 && host().clients.size > 0)
    host().fail('FutureCursor')
    await until(() => host().queries.length > 2 && host().clients.size > 0)
    host().send(create(now + second, 'two'))
    expect((await reading).notices).toEqual([])
    expect(host().queries[2]?.get('cursor')).toBe(String(now - 5 * second))
  })

  test('that no longer begins where it is asked to has lost something, which is said', async () => {
    host().send(create(now, 'one'))
    const reading = readSource(source(0), { cursor: now, ...has('two') })
    await until(() => host().clients.size > 0)
    await new Promise((done) => setTimeout(done, 50))
    host().lose()
    host().dropConnections()
    await until(() => host().queries.length > 1 && host().clients.size > 0)
    host().send(create(now + second, 'two'))
    expect((await reading).notices).toEqual([
      { reason: 'sequence-jump', detail: expect.any(String), from: 1_000_000_000, to: 1_001_000_000 },
    ])
  })

  test('says when its reader was too slow', async () => {
    const reading = readSource(source(0), { cursor: now, isEnough: ({ notices }) => notices.length > 0 })
    await until(() => host().clients.size > 0)
    host().fail('ConsumerTooSlow', 'read faster')
    expect((await reading).notices).toEqual([{ reason: 'consumer-too-slow', detail: 'read faster' }])
  })

  test('tells of repos: identity, account, sync', async () => {
    host().send(
      other(now, 'identity', { handle: 'ana.test' }),
      other(now + 1000, 'account', { active: false, status: 'takendown' }),
      other(now + 2000, 'sync', { rev: '3mpt' }),
    )
    const { ops } = await readSource(source(0), { cursor: now, ...has('sync') })
    expect(ops).toEqual([
      { kind: 'identity', did, handle: 'ana.test', time: expect.any(Date) },
      { kind: 'account', did, status: 'takendown', time: expect.any(Date) },
      { kind: 'sync', did, rev: '3mpt', time: expect.any(Date) },
    ])
  })

  test('what cannot be read is put aside, not thrown', async () => {
    const reading = readSource(source(0), { cursor: now, ...has('c') })
    await until(() => host().clients.size > 0)
    host().sendRaw('{')
    host().sendRaw('{"$type":"message","payload":{"$type":"x#commit"}}')
    host().send(create(now + 1000, 'a', { record: 'text' }), create(now + 2000, 'b', { operation: 'upsert' }))
    host().send(other(now + 3000, 'info', {}), create(now + 4000, 'c'))
    expect(namesOf((await reading).ops)).toEqual(['bad', 'bad', 'bad', 'bad', 'c'])
  })
})
