import { describe, expect, test } from 'vitest'
import { createMetrics } from '../src/base/metrics.ts'
import { createLead } from '../src/db/lead.ts'
import { startCarryIn } from '../src/ingest/carry-in.ts'
import { findCursor } from '../src/ingest/cursor-store.ts'
import { listDeadLetters } from '../src/ingest/dead-letter-store.ts'
import { startIngest } from '../src/ingest/run-ingest.ts'
import { OpStream, findWrongs, mixedOps, untilAllIn, watchRecords } from '../testkit/op-stream.ts'
import { PrivateBroker, whyNoPrivateBroker } from '../testkit/private-broker.ts'
import { silentLog } from '../testkit/silent-log.ts'
import { openTestBroker, whySkipped } from '../testkit/test-broker.ts'
import { openTestDb } from '../testkit/test-db.ts'

// After a kill RabbitMQ 3.10 sometimes keeps a quorum queue without a leader for longer than a test should take, so this
// one is asked for: BROKER_KILLS=3.
const kills = Number(process.env['BROKER_KILLS'] ?? 0)
const opsPerKill = 800
const notAsked = kills > 0 ? '' : ' (skipped: ask for it with BROKER_KILLS=3)'
const why = whySkipped || notAsked || (whyNoPrivateBroker === undefined ? '' : ` (skipped: ${whyNoPrivateBroker})`)

describe.skipIf(why)(`a broker that is killed in mid-stream${why}`, () => {
  const timeout = 180_000 + kills * 60_000

  test('and started again costs no op, no op twice, and no order', { timeout }, async () => {
    await using server = await PrivateBroker.start()
    await using open = await openTestDb()
    await using broker = await openTestBroker({ url: server.url })
    await using second = await broker.connect()
    await watchRecords(open.db)
    const ops = mixedOps(40, ((kills + 1) * opsPerKill) / 40)
    const source = new OpStream(ops, { pauseMs: 20 })
    const metrics = createMetrics()
    const deps = { db: open.db, log: silentLog, publicUrl: 'https://meet.example.org', metrics }
    const lead = createLead(open.database.connection, silentLog)
    await using _ = startCarryIn({ ...deps, broker: broker.broker })
    await using __ = startCarryIn({ ...deps, broker: second })
    await using ___ = startIngest({ ...deps, source, lead, broker: broker.broker })
    const cursor = async () => (await findCursor(open.db, 'stream'))?.cursor ?? 0
    while (server.kills < kills) {
      const next = (server.kills + 0.5) * opsPerKill
      await expect.poll(cursor, { timeout: 120_000, interval: 10 }).toBeGreaterThan(next)
      await server.kill()
      await expect.poll(() => broker.broker.connection.ready, { timeout: 5_000, interval: 10 }).toBe(false)
      expect(() => broker.broker.assertReady()).toThrow('cannot be reached')
      await server.restart()
    }
    await untilAllIn(open.db, ops, 120_000)
    await expect.poll(cursor, { timeout: 30_000 }).toBe(ops.length)
    const found = await findWrongs(open.db, ops)
    const [published, redelivered] = await Promise.all(
      [metrics.amqpPublished, metrics.amqpRedelivered].map(async (one) => (await one.get()).values[0]?.value),
    )
    const figures = { ops: ops.length, kills: server.kills, published, redelivered, ...found }
    console.error(`a broker killed in mid-stream: ${JSON.stringify(figures)}`)
    expect(found).toMatchObject({ lost: 0, doubled: 0, reordered: 0 })
    expect(source.handed).toBe(ops.length)
    expect(await listDeadLetters(open.db, { limit: 1 })).toEqual([])
  })
})
