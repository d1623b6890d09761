import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventOp, eventUri, newDid, rsvpOp, rsvpUri, toMessages } from '../../testkit/calendar-ops.ts'
import { FakeFleet, eventValue } from '../../testkit/fake-fleet.ts'
import { TestIngest } from '../../testkit/test-ingest.ts'
import { passDeps } from '../../testkit/test-passes.ts'
import { eventCollection } from '../atproto/collections.ts'
import type { JsonObject } from '../base/json.ts'
import { HostGate } from './host-gate.ts'
import { reconcileRepo } from './reconcile-repo.ts'

let ingest: TestIngest
beforeAll(async () => {
  ingest = await TestIngest.start()
})
afterAll(() => ingest[Symbol.asyncDispose]())
beforeEach(() => ingest.forgetAll())

const letters = async () => {
  const rows = await ingest.db.selectFrom('dead_letters').select(['uri', 'reason']).execute()
  return Object.fromEntries(rows.map(({ uri, reason }) => [uri, reason]))
}
const megabytes = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

describe('a record that means harm, between two that do not', () => {
  const parse = (text: string) => JSON.parse(text) as JsonObject
  const cyclic = newDid()
  const records: [string, JsonObject][] = [
    ['is a megabyte long', { description: 'x'.repeat(1_000_000) }],
    ['has 10,000 places', { locations: Array.from({ length: 10_000 }, (_, i) => ({ name: `Place ${i}`, i })) }],
    ['has NUL in its name', { name: 'a\0b' }],
    ['has NUL in a key', parse('{"a\\u0000b": 1}')],
    ['names __proto__', parse('{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {"x": 1}}}')],
    ['has half a character', { name: '\ud83d', description: '\udc00 and \ud83d' }],
    ['is in the year 10000', { startsAt: '+010000-01-01T00:00:00.000Z' }],
    ['is in the year 10000 without a sign', { startsAt: '10000-01-01T00:00:00.000Z' }],
    ['is before the first year', { startsAt: '-000001-01-01T00:00:00.000Z' }],
    ['ends before time began', { endsAt: '-271821-04-20T00:00:00.000Z' }],
    ['is about itself', { parent: { uri: eventUri(cyclic, 'itself') }, uris: [{ uri: eventUri(cyclic, 'itself') }] }],
    ['is deep', { x: parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`) }],
    ['is deeper than anything reads', { x: parse(`${'['.repeat(9_000)}${']'.repeat(9_000)}`) }],
    [
      'has numbers beyond all measure',
      parse('{"capacity": 1e308, "n": -1e-308, "big": 123456789012345678901234567890}'),
    ],
    ['has a list for a name', { name: ['a', 'b'] }],
    ['links like a script', { uris: [{ uri: 'javascript:alert(1)' }, { uri: 'at://'.repeat(5_000) }] }],
  ]

  test.each(records)('%s: it is shown or put aside with a reason, and stops nobody', async (_, record) => {
    const [before, did, after] = [newDid(), newDid(), newDid()]
    const uri = eventUri(did, 'x')
    await ingest.take(
      eventOp({ did: before, rkey: 'a', n: 1 }),
      eventOp({ did, rkey: 'x', n: 2 }, record),
      rsvpOp({ did: after, rkey: 'r', n: 3 }, uri),
      eventOp({ did: after, rkey: 'a', n: 4 }),
    )
    expect(await ingest.event(eventUri(before, 'a'))).toBeDefined()
    expect(await ingest.event(eventUri(after, 'a'))).toBeDefined()
    const reason = (await letters())[uri]
    const event = await ingest.event(uri)
    expect(event !== undefined || reason !== undefined).toBe(true)
    expect([undefined, 'record-unreadable', 'database-refused', 'reading-failed']).toContain(reason)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })
})

describe('records that go in circles', () => {
  test('events that are each other’s parent, and answers to answers, end', async () => {
    const [a, b] = [newDid(), newDid()]
    const [first, second] = [eventUri(a, 'x'), eventUri(b, 'x')]
    await ingest.take(
      eventOp({ did: a, rkey: 'x', n: 1 }, { parent: { uri: second } }),
      eventOp({ did: b, rkey: 'x', n: 2 }, { parent: { uri: first } }),
      rsvpOp({ did: a, rkey: 'r', n: 3 }, rsvpUri(b, 'r')),
      rsvpOp({ did: b, rkey: 'r', n: 4 }, rsvpUri(a, 'r')),
      rsvpOp({ did: a, rkey: 's', n: 5 }, rsvpUri(a, 's')),
    )
    expect(await ingest.events()).toHaveLength(2)
    expect(await ingest.answers(first)).toEqual([])
  })
})

describe('much at once', () => {
  test('5,000 answers to one event are all counted, and others come in beside them', { timeout: 120_000 }, async () => {
    const host = newDid()
    const uri = eventUri(host, 'party')
    await ingest.take(eventOp({ did: host, rkey: 'party', n: 0 }))
    const storm = Array.from({ length: 5_000 }, (_, i) => rsvpOp({ did: newDid(), rkey: 'r', n: i }, uri))
    const before = megabytes()
    const others: string[] = []
    for (let i = 0; i < storm.length; i += 100) {
      const other = newDid()
      others.push(eventUri(other, 'own'))
      await ingest.take(...storm.slice(i, i + 100), eventOp({ did: other, rkey: 'own', n: i }))
    }
    expect(await ingest.answers(uri)).toHaveLength(5_000)
    for (const other of others) expect(await ingest.event(other)).toBeDefined()
    expect(megabytes() - before).toBeLessThan(150)
  })

  test(
    'one author’s 10,000 events are taken in without memory growing, and end as they were written',
    { timeout: 120_000 },
    async () => {
      const did = newDid()
      const before = megabytes()
      for (let i = 0; i < 10_000; i += 100) {
        const ops = Array.from({ length: 100 }, (_, k) => eventOp({ did, rkey: `k${i + k}`, n: i + k }))
        await ingest.takeAt(i, { messages: toMessages(ops) })
      }
      const { rows } = await sql<{ n: number }>`select count(*)::int4 as n from events`.execute(ingest.db)
      expect(rows[0]?.n).toBe(10_000)
      expect(megabytes() - before).toBeLessThan(150)
    },
  )

  test('a repo with a million other records is read without looking at them', async () => {
    await using fleet = await FakeFleet.start(1)
    const repo = fleet.add(newDid()).put(eventCollection, 'a', eventValue('A'))
    repo.list = (collection) => {
      if (collection.startsWith('community.lexicon.calendar.'))
        return Object.getPrototypeOf(repo).list.call(repo, collection)
      throw new Error('a million records were read')
    }
    const end = await reconcileRepo({ ...passDeps(ingest.db, fleet), gate: new HostGate() }, repo.did)
    expect(end).toMatchObject({ state: 'read', applied: 1 })
    expect(fleet.asked).toHaveLength(4)
  })
})
