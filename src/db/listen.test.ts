import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../testkit/silent-log.ts'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { withRetry } from '../base/retry.ts'
import { DbListener } from './listen.ts'
import { notify } from './notify.ts'

let open: TestDb
let listener: DbListener

beforeAll(async () => {
  open = await openTestDb()
  listener = createListener()
})
afterAll(async () => {
  await listener[Symbol.asyncDispose]()
  await open[Symbol.asyncDispose]()
})

const name = () => `${open.schema}-listen`
const createListener = () => new DbListener({ connectionString: open.url, application_name: name() }, silentLog)

/** What a restart of the server does to a connection. */
async function breakConnection(): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name()}`.execute(open.db)
}

/** Everything a listener hears, gaps included. */
async function hear(channel: string) {
  const heard: string[] = []
  const subscription = await listener.listen(channel, {
    onNotice: (payload) => heard.push(payload),
    onGap: () => heard.push('gap'),
  })
  return { heard, subscription }
}

test('each hears its own channel, until it is disposed', async () => {
  const [a, also, b] = await Promise.all([hear('a'), hear('a'), hear('A "quoted" one')])
  await notify(open.db, 'a', '1')
  await notify(open.db, 'A "quoted" one', '2')
  await expect.poll(() => b.heard).toEqual(['2'])
  expect([a.heard, also.heard]).toEqual([['1'], ['1']])
  await also.subscription[Symbol.asyncDispose]()
  await notify(open.db, 'a', '3')
  await expect.poll(() => a.heard).toEqual(['1', '3'])
  expect(also.heard).toEqual(['1'])
})

test('nothing is said before the transaction commits, nor when it does not', async () => {
  const { heard } = await hear('tx')
  const failing = open.db.transaction().execute(async (tx) => {
    await notify(tx, 'tx', 'never')
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  await notify(open.db, 'tx', 'said')
  await expect.poll(() => heard).toEqual(['said'])
})

test('a broken connection comes back with all channels, and tells each that it may have missed something', async () => {
  const [one, other] = await Promise.all([hear('one'), hear('other')])
  for (let round = 1; round <= 3; round++) {
    await breakConnection()
    await expect.poll(() => [one.heard, other.heard].map((heard) => heard.length)).toEqual([round, round])
  }
  await notify(open.db, 'one', 'x')
  await notify(open.db, 'other', 'y')
  await expect
    .poll(() => [one.heard, other.heard])
    .toEqual([
      ['gap', 'gap', 'gap', 'x'],
      ['gap', 'gap', 'gap', 'y'],
    ])
})

test('nobody stays deaf who began to listen just when the connection broke', async () => {
  // Who is refused because of it tries again.
  const again = { attempts: 10, firstMs: 20, maxMs: 200, shouldRetry: () => true }
  const [begun] = await Promise.all([withRetry(() => hear('late'), again), breakConnection()])
  await notify(open.db, 'late', 'x')
  await expect.poll(() => begun.heard.includes('x') || begun.heard.includes('gap')).toBe(true)
})

test('ends at once while the server is away', async () => {
  const away = new DbListener({ host: '127.0.0.1', port: 1 }, silentLog)
  await expect(away.listen('x', { onNotice: () => {} })).rejects.toThrow(/ECONNREFUSED/)
  await away[Symbol.asyncDispose]()
})
