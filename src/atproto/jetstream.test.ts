import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeJetstream, type JetstreamEvent } from '../../testkit/fake-jetstream.ts'
import { createJetstreamSource } from './jetstream.ts'
import type { Source, SourceBatch } from './record-op.ts'

const timing = { backoff: { firstMs: 1, maxMs: 20 }, pingMs: 50, idleMs: 20 }
const now = Date.now() * 1000
const second = 1_000_000

let hosts: FakeJetstream[]
let stop: AbortController

beforeEach(async () => {
  hosts = [await FakeJetstream.start(), await FakeJetstream.start()]
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  for (const host of hosts) await host[Symbol.asyncDispose]()
})

const host = (i = 0) => hosts[i] as FakeJetstream
const source = (...which: number[]): Source => createJetstreamSource({ urls: which.map((i) => host(i).url), timing })

function create(time_us: number, rkey: string, extra: object = {}): JetstreamEvent {
  const record = { $type: 'community.lexicon.calendar.event', name: rkey }
  const commit = {
    rev: `3mpt${rkey}`,
    operation: 'create',
    collection: 'community.lexicon.calendar.event',
    rkey,
    record,
    cid: `cid-${rkey}`,
  }
  return { did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', time_us, kind: 'commit', commit: { ...commit, ...extra } }
}

/** Reads until `isEnough`; `onBatch` may do something to the host in between. */
async function read(
  from: Source,
  cursor: number | undefined,
  isEnough: (rkeys: string[]) => boolean,
  onBatch?: (b: SourceBatch) => unknown,
) {
  const batches: SourceBatch[] = []
  const rkeys: string[] = []
  for await (const batch of from.batches(cursor, stop.signal)) {
    batches.push(batch)
    rkeys.push(...batch.messages.map(({ op }) => (op.kind === 'record' ? op.rkey : op.kind)))
    await onBatch?.(batch)
    if (isEnough(rkeys)) break
  }
  return { batches, rkeys, notices: batches.flatMap(({ notices }) => notices) }
}

const has =
  (...wanted: string[]) =>
  (rkeys: string[]) =>
    wanted.every((rkey) => rkeys.includes(rkey))

describe('a Jetstream', () => {
  test('is read from the cursor on, a little earlier at first, for the two collections only', async () => {
    host().send(create(now - 60 * second, 'old'), create(now - 3 * second, 'near'), create(now, 'new'))
    const { rkeys, batches } = await read(source(0), now, has('new'))
    expect(rkeys).toEqual(['near', 'new'])
    expect(batches.at(-1)).toMatchObject({ cursor: now, host: new URL(host().url).host })
    expect(host().queries[0]?.getAll('wantedCollections')).toEqual([
      'community.lexicon.calendar.event',
      'community.lexicon.calendar.rsvp',
    ])
    expect(Number(host().queries[0]?.get('cursor'))).toBe(now - 5 * second)
  })

  test('tells a lone message at once', async () => {
    let sentAt = 0
    const reading = read(source(0), now, has('lone'))
    await until(() => host().clients.size > 0)
    sentAt = performance.now()
    host().send(create(now + 1, 'lone'))
    await reading
    expect(performance.now() - sentAt).toBeLessThan(15)
  })

  test('is connected to again where it broke off, and loses nothing', async () => {
    const rkeys = Array.from({ length: 300 }, (_, i) => `k${i}`)
    let sent = 0
    const { rkeys: seen } = await read(source(0), now, has(...rkeys), async () => {
      if (sent < 300)
        host().send(...rkeys.slice(sent, (sent += 30)).map((rkey, i) => create(now + sent * 1000 + i, rkey)))
      if (sent % 90 === 0) host().dropConnections()
    })
    expect(new Set(seen)).toEqual(new Set(rkeys))
    expect(host().queries.length).toBeGreaterThan(1)
  })

  test('is left for another host when it cannot be reached, which is asked for five seconds more', async () => {
    const first = source(0, 1)
    host(0).send(create(now, 'one'))
    host(1).send(create(now - 2 * second, 'missed'), create(now + 1, 'two'))
    const { rkeys } = await read(first, now, has('one', 'missed', 'two'), () => host(0)[Symbol.asyncDispose]())
    expect(rkeys).toEqual(['one', 'missed', 'two'])
    expect(Number(host(1).queries[0]?.get('cursor'))).toBe(now - 5 * second)
    hosts = [host(1)]
  })

  test('that has moved the cursor on in silence is found out', async () => {
    const asked = now - 3600 * second
    host().send(create(now - 600 * second, 'first-kept'))
    const { notices } = await read(source(0), asked, has('first-kept'))
    expect(notices).toEqual([
      {
        reason: 'cursor-clamped',
        detail: expect.stringContaining('asked for'),
        from: asked - 5 * second,
        to: now - 600 * second,
      },
    ])
  })

  test('that simply had nothing to say is not suspected', async () => {
    const reading = read(source(0), now - 3600 * second, has('live'))
    await until(() => host().clients.size > 0)
    host().send(create(Date.now() * 1000 + second, 'live'))
    expect((await reading).notices).toEqual([])
  })

  test('moves the cursor on by messages that are not for us', async () => {
    const other = {
      ...create(now + 7, 'x'),
      commit: undefined,
      kind: 'identity',
      identity: { did: 'did:plc:x', handle: 'a.test' },
    }
    host().send(other)
    const { batches } = await read(source(0), now, has('identity'))
    expect(batches.at(-1)?.cursor).toBe(now + 7)
  })

  test('what cannot be read is put aside, not thrown', async () => {
    const reading = read(source(0), now, (seen) => seen.length === 4)
    await until(() => host().clients.size > 0)
    host().sendRaw('{')
    host().send(
      create(now + 1, 'a', { record: 'text' }),
      create(now + 2, 'b', { operation: 'upsert' }),
      create(now + 3, 'c'),
    )
    expect((await reading).rkeys).toEqual(['bad', 'bad', 'bad', 'c'])
  })

  test('waits while its reader works: nothing piles up without end', async () => {
    const many = Array.from({ length: 5_000 }, (_, i) =>
      create(now + i, `k${i}`, { record: { name: 'x'.repeat(2_000) } }),
    )
    let isPaused = false
    const reading = read(
      source(0),
      now,
      (seen) => seen.length >= 5_000,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        for (const socket of host().clients) isPaused ||= socket.bufferedAmount > 1_000_000
      },
    )
    await until(() => host().clients.size > 0)
    host().send(...many)
    const { rkeys, batches } = await reading
    expect(rkeys).toHaveLength(5_000)
    expect(isPaused).toBe(true)
    expect(Math.max(...batches.map(({ messages }) => messages.length))).toBeLessThanOrEqual(100)
  })

  test('a host that falls silent without closing is left', async () => {
    const reading = read(source(0, 1), now, has('two'))
    await until(() => host(0).clients.size > 0)
    for (const socket of host(0).clients) socket.pause()
    host(1).send(create(now + 1, 'two'))
    expect((await reading).rkeys).toEqual(['two'])
  })
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2))
}
