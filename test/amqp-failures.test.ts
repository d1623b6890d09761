import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { RecordOp } from '../src/atproto/record-op.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { createLead } from '../src/db/lead.ts'
import { startCarryIn } from '../src/ingest/carry-in.ts'
import { encodeMessage, readCarriedMessage, toCarriedMessage } from '../src/ingest/carry-message.ts'
import { findCursor } from '../src/ingest/cursor-store.ts'
import { listDeadLetters } from '../src/ingest/dead-letter-store.ts'
import { dispatchBatch } from '../src/ingest/dispatch.ts'
import { replayDeadLetter, replayDeadLetters } from '../src/ingest/replay-dead-letters.ts'
import { startIngest } from '../src/ingest/run-ingest.ts'
import { openBroker } from '../src/queue/amqp-broker.ts'
import { type Delivery, consumeQueues } from '../src/queue/amqp-consumer.ts'
import { AmqpPublisher } from '../src/queue/amqp-publisher.ts'
import { routingKeyOf } from '../src/queue/amqp-topology.ts'
import { accountOp, eventOp, eventUri, newDid } from '../testkit/calendar-ops.ts'
import { OpStream, findWrongs, mixedOps, untilAllIn, watchRecords } from '../testkit/op-stream.ts'
import { silentLog } from '../testkit/silent-log.ts'
import { type TestBroker, openTestBroker, whySkipped } from '../testkit/test-broker.ts'
import { type TestDb, openTestDb } from '../testkit/test-db.ts'

const soon = { timeout: 15_000, interval: 20 }
const publicUrl = 'https://meet.example.org'
const depsOf = ({ db }: TestDb) => ({ db, log: silentLog, publicUrl })

/** Gives ops to the broker, as the reader does. */
async function publish({ broker }: TestBroker, bodies: readonly { did: string; body: Buffer }[]): Promise<void> {
  await using publisher = new AmqpPublisher({ broker, log: silentLog })
  const { signal } = new AbortController()
  for (const { did, body } of bodies) await publisher.publish(routingKeyOf(did), body, signal)
}

const place = { source: 'stream', host: 'stream.test' }
const toBody = (op: RecordOp, cursor = 1) => ({
  did: op.did,
  body: encodeMessage(toCarriedMessage(place, { cursor, op })),
})

describe('a broker that cannot be reached', () => {
  test('stops the start with one line that says what to do, and no password', async () => {
    const url = 'amqp://openmeet:secret@127.0.0.1:1'
    const opening = openBroker({ url, exchange: 'test', log: silentLog, patienceMs: 300 })
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    expect(error?.message).toMatch(
      /^RabbitMQ cannot be used: AMQP_URL=amqp:\/\/openmeet:\*\*\*@127\.0\.0\.1:1: ECONNREFUSED/,
    )
    expect(error?.message).not.toMatch(/\n|secret/)
  })
})

describe.skipIf(whySkipped)(`over RabbitMQ${whySkipped}`, () => {
  test('what ends every process goes to the dead letters, with what is right behind it; a replay takes them in', async () => {
    await using open = await openTestDb()
    await using broker = await openTestBroker({ limits: { deliveries: 7 } })
    const others = Array.from({ length: 60 }, (_, n) => eventOp({ did: newDid(), rkey: 'event', n }))
    const poison = eventOp({ did: newDid(), rkey: 'poison', n: 1 })
    const after = eventOp({ did: poison.did, rkey: 'after', n: 2 })
    const ops = [...others.slice(0, 30), poison, ...others.slice(30), after]
    const isBehind = ({ did }: RecordOp, i: number) => i >= 30 && routingKeyOf(did) === routingKeyOf(poison.did)
    const given = ops.filter(isBehind).map(({ did, rkey }) => eventUri(did, rkey))
    await publish(
      broker,
      ops.map((op) => toBody(op)),
    )
    const stop = new AbortController()
    const take = async (batch: readonly Delivery[]) => {
      const messages = batch.map(({ body }) => readCarriedMessage(body).message)
      if (messages.some(({ op }) => op.kind === 'record' && op.rkey === 'poison')) throw new Error('as if it died')
      await dispatchBatch(depsOf(open), 'stream', { messages })
    }
    const { topology } = broker.broker
    const reading = consumeQueues({ broker: broker.broker, queues: topology.queues, take, log: silentLog }, stop.signal)
    const taken = async () => (await open.db.selectFrom('records').select('uri').execute()).length
    const givenUp = () => broker.count(topology.deadQueue)
    await expect.poll(givenUp, soon).toBeGreaterThanOrEqual(given.length)
    await expect.poll(async () => (await taken()) + (await givenUp()), soon).toBe(ops.length)
    stop.abort()
    await reading

    await using _ = startCarryIn({ ...depsOf(open), broker: broker.broker })
    const letters = () => listDeadLetters(open.db, { limit: 100 })
    const count = ops.length - (await taken())
    await expect.poll(async () => (await letters()).length, soon).toBe(count)
    expect((await letters()).map(({ uri }) => uri)).toEqual(expect.arrayContaining(given))
    expect(new Set((await letters()).map(({ reason }) => reason))).toEqual(new Set(['delivery-limit']))
    await expect.poll(() => broker.count(topology.deadQueue), soon).toBe(0)
    for await (const { outcome } of replayDeadLetters(depsOf(open), 'delivery-limit')) expect(outcome).toBe('applied')
    expect(await taken()).toBe(ops.length)
    expect(await letters()).toEqual([])
  })

  test('a message of another version, and one that is none, are put aside with a reason; the others go on', async () => {
    await using open = await openTestDb()
    await using broker = await openTestBroker()
    const did = newDid()
    const known = JSON.parse(toBody(eventOp({ did, rkey: 'known', n: 1 })).body.toString()) as object
    const texts = [JSON.stringify({ ...known, v: 2 }), 'no json', JSON.stringify({ ...known, commit: {} })]
    await publish(
      broker,
      [...texts, JSON.stringify(known)].map((text) => ({ did, body: Buffer.from(text) })),
    )
    await using _ = startCarryIn({ ...depsOf(open), broker: broker.broker })
    const find = () => open.db.selectFrom('events').select('name').where('uri', '=', eventUri(did, 'known')).execute()
    await expect.poll(find, soon).toHaveLength(1)
    const letters = await listDeadLetters(open.db, { limit: 10 })
    expect(letters.map(({ reason }) => reason).toSorted()).toEqual([
      'message-not-json',
      'message-unreadable',
      'message-version-unknown',
    ])
    const later = letters.find(({ reason }) => reason === 'message-version-unknown')
    expect(await replayDeadLetter(depsOf(open), later?.id ?? 0)).toBe('failed')
  })

  test('messages about repos travel the same road, in the order of their repo', async () => {
    await using open = await openTestDb()
    await using broker = await openTestBroker()
    await using _ = startCarryIn({ ...depsOf(open), broker: broker.broker })
    const did = newDid()
    const ops = [
      eventOp({ did, rkey: 'before', n: 1 }),
      accountOp(did, 'deleted', 1),
      accountOp(did, 'active', 2),
      eventOp({ did, rkey: 'after', n: 2 }),
    ]
    const lead = createLead(open.database.connection, silentLog)
    await using __ = startIngest({ ...depsOf(open), source: new OpStream(ops), lead, broker: broker.broker })
    const find = () => open.db.selectFrom('events').select('uri').execute()
    await expect.poll(find, soon).toEqual([{ uri: eventUri(did, 'after') }])
  })

  test('a full queue and a database that stands still stop the reader; nothing is lost when they go on', async () => {
    await using open = await openTestDb()
    await using broker = await openTestBroker({ limits: { maxMessages: 40 } })
    await watchRecords(open.db)
    const ops = mixedOps(60, 50)
    const source = new OpStream(ops)
    const metrics = createMetrics()
    const lead = createLead(open.database.connection, silentLog)
    await using lock = await open.db
      .startTransaction()
      .execute()
      .then((tx) => ({
        tx,
        async [Symbol.asyncDispose]() {
          if (!tx.isCommitted) await tx.commit().execute()
        },
      }))
    await sql`lock table records in exclusive mode`.execute(lock.tx)
    await using _ = startCarryIn({ ...depsOf(open), metrics, broker: broker.broker })
    await using __ = startIngest({ ...depsOf(open), metrics, source, lead, broker: broker.broker })
    const refused = async () => (await metrics.amqpRefused.get()).values[0]?.value ?? 0
    await expect.poll(refused, soon).toBeGreaterThan(0)
    await wait(1_000)
    const handed = source.handed
    await wait(1_000)
    expect(source.handed).toBe(handed)
    // Given out, in the queues, on their way, and the batch in hand.
    expect(handed).toBeLessThan(8 * 16 + 8 * 2 * 40 + 500 + 200)
    expect((await findCursor(open.db, 'stream'))?.cursor ?? 0).toBeLessThan(handed)
    const inFlight = (await metrics.amqpInFlight.get()).values
    expect(inFlight.find(({ labels }) => labels['side'] === 'processor')?.value).toBeLessThanOrEqual(8 * 16)
    expect(inFlight.find(({ labels }) => labels['side'] === 'publisher')?.value).toBeLessThanOrEqual(500)
    await lock.tx.commit().execute()
    await untilAllIn(open.db, ops, 30_000)
    expect(await findWrongs(open.db, ops)).toMatchObject({ lost: 0, doubled: 0, reordered: 0 })
    await expect.poll(() => findCursor(open.db, 'stream').then((at) => at?.cursor), soon).toBe(ops.length)
  })

  test('queues that somebody deletes are made anew, and nothing is confirmed that no queue took', async () => {
    await using open = await openTestDb()
    await using broker = await openTestBroker()
    await using _ = startCarryIn({ ...depsOf(open), broker: broker.broker })
    await wait(300)
    const channel = await broker.broker.connection.acquire()
    for (const queue of broker.broker.topology.queues) await channel.queueDelete({ queue })
    await channel.close()
    const op = eventOp({ did: newDid(), rkey: 'event', n: 1 })
    await publish(broker, [toBody(op)])
    const find = () => open.db.selectFrom('events').select('uri').execute()
    await expect.poll(find, soon).toEqual([{ uri: eventUri(op.did, 'event') }])
  })
})
