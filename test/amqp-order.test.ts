import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLead } from '../src/db/lead.ts'
import { findCursor } from '../src/ingest/cursor-store.ts'
import { type Ingest, startIngest } from '../src/ingest/run-ingest.ts'
import type { Broker } from '../src/queue/amqp-broker.ts'
import { OpStream, findWrongs, mixedOps, untilAllIn, watchRecords } from '../testkit/op-stream.ts'
import { RoleProcess } from '../testkit/role-process.ts'
import { silentLog } from '../testkit/silent-log.ts'
import { type TestBroker, openTestBroker, whySkipped } from '../testkit/test-broker.ts'
import { type TestDb, openTestDb } from '../testkit/test-db.ts'

const stack = new AsyncDisposableStack()
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'openmeet-amqp-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
})
afterAll(() => stack.disposeAsync())

function startReader({ db, database }: TestDb, source: OpStream, broker: Broker): Ingest {
  const lead = createLead(database.connection, silentLog)
  return startIngest({ db, log: silentLog, publicUrl: 'https://meet.example.org', source, lead, broker })
}

/** `openmeet start --roles worker`, which takes ops in and nothing else. */
function startProcessor(open: TestDb, { env }: TestBroker, n: number): Promise<RoleProcess> {
  return RoleProcess.start('worker', {
    DATABASE_URL: open.url,
    DATA_DIR: join(dataDir, String(n)),
    ...env,
    LOG_LEVEL: 'warn',
    SECRET_KEY: 'a secret of thirty-two characters',
  })
}

describe.skipIf(whySkipped)(`ops over RabbitMQ${whySkipped}`, () => {
  test(
    'of one repo are taken in in order by three processes, two of which are killed',
    { timeout: 90_000 },
    async () => {
      await using open = await openTestDb()
      await using broker = await openTestBroker()
      await watchRecords(open.db)
      const ops = mixedOps(40, 60)
      // One after the other: the first is active for all queues, and the next takes over from it.
      await using first = await startProcessor(open, broker, 1)
      await using second = await startProcessor(open, broker, 2)
      await using _ = await startProcessor(open, broker, 3)
      await using reader = startReader(open, new OpStream(ops), broker.broker)
      const effects = async () => (await findWrongs(open.db, [])).effects
      await expect.poll(effects, { timeout: 60_000, interval: 10 }).toBeGreaterThan(200)
      await first.kill()
      await expect.poll(effects, { timeout: 60_000, interval: 10 }).toBeGreaterThan(1000)
      await second.kill()
      await untilAllIn(open.db, ops, 60_000)
      const found = await findWrongs(open.db, ops)
      expect(found).toEqual({ lost: 0, doubled: 0, reordered: 0, effects: expect.any(Number) as number })
      await expect.poll(() => findCursor(open.db, 'stream').then((at) => at?.cursor)).toBe(ops.length)
      expect(reader.stats.state).toBe('reading')
      console.error(`3 processors, 2 killed: ${ops.length} ops, ${JSON.stringify(found)}`)
    },
  )

  test('a reader that dies between publishing and its cursor publishes again, and nothing is applied twice', async () => {
    await using open = await openTestDb()
    await using broker = await openTestBroker()
    await watchRecords(open.db)
    const ops = mixedOps(5, 100)
    const source = new OpStream(ops)
    // No cursor can be stored: as if the reader died just before it did.
    const cursors = open.db.schema.alterTable('cursors')
    await cursors.addColumn('broken', 'integer', (column) => column.notNull()).execute()
    {
      await using _ = startReader(open, source, broker.broker)
      const queued = async () => {
        const each = await Promise.all(broker.broker.topology.queues.map((queue) => broker.count(queue)))
        return each.reduce((sum, n) => sum + n, 0)
      }
      await expect.poll(queued, { timeout: 15_000 }).toBe(ops.length)
    }
    await cursors.dropColumn('broken').execute()
    expect(await findCursor(open.db, 'stream')).toBeUndefined()
    await using _ = await startProcessor(open, broker, 4)
    await using __ = startReader(open, source, broker.broker)
    await untilAllIn(open.db, ops, 15_000)
    await expect
      .poll(() => findCursor(open.db, 'stream').then((at) => at?.cursor), { timeout: 15_000 })
      .toBe(ops.length)
    expect(source.handed).toBe(2 * ops.length)
    expect(await findWrongs(open.db, ops)).toMatchObject({ lost: 0, doubled: 0, reordered: 0 })
  })
})
