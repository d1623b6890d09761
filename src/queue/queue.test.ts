import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { type Queue, openQueue } from './queue.ts'

let test_: TestDb
let producer: Queue
let worker: Queue
const log = { warn() {}, error() {}, info() {}, debug() {} } as never

beforeAll(async () => {
  test_ = await openTestDb()
  const options = { connection: { connectionString: test_.url }, schema: `${test_.schema}_boss`, log }
  producer = await openQueue({ ...options, isWorker: false })
  worker = await openQueue({ ...options, isWorker: true })
})

afterAll(async () => {
  await producer[Symbol.asyncDispose]()
  await worker[Symbol.asyncDispose]()
  await test_[Symbol.asyncDispose]()
})

async function until(check: () => boolean): Promise<number> {
  const start = performance.now()
  while (!check()) {
    if (performance.now() - start > 15_000) throw new Error('waited too long')
    await new Promise((done) => setTimeout(done, 5))
  }
  return performance.now() - start
}

describe('the queue', () => {
  test('does what was committed, soon, and nothing that was rolled back', async () => {
    const seen: string[] = []
    await worker.work('refresh-profile', async ({ did }) => seen.push(did))
    await test_.db
      .transaction()
      .execute(async (tx) => {
        await producer.enqueue(tx, 'refresh-profile', { did: 'did:rolled-back' }, { key: 'a' })
        throw new Error('no')
      })
      .catch(() => {})
    await test_.db
      .transaction()
      .execute((tx) => producer.enqueue(tx, 'refresh-profile', { did: 'did:kept' }, { key: 'b' }))
    expect(await until(() => seen.length > 0)).toBeLessThan(1500)
    expect(seen).toEqual(['did:kept'])
  })

  test('tries again what failed, and one failure keeps no other job back', async () => {
    const tries: Record<string, number> = {}
    await worker.work('send-mail', async ({ sealed }) => {
      tries[sealed] = (tries[sealed] ?? 0) + 1
      if (sealed === 'bad' && tries[sealed] < 2) throw new Error('mail server is away')
    })
    for (const sealed of ['bad', 'good', 'better']) await producer.enqueue(test_.db, 'send-mail', { sealed })
    await until(() => tries['bad'] === 2)
    expect(tries).toEqual({ bad: 2, good: 1, better: 1 })
  })

  test('lets one job per key wait, and one refresh of all be at work', async () => {
    const seen: number[] = []
    let release = () => {}
    const gate = new Promise<void>((done) => (release = done))
    await worker.work('refresh-due-profiles', async () => {
      seen.push(Date.now())
      await gate
    })
    await producer.enqueue(test_.db, 'refresh-due-profiles', {})
    await until(() => seen.length === 1)
    for (let i = 0; i < 5; i++) await producer.enqueue(test_.db, 'refresh-due-profiles', {})
    expect(seen).toHaveLength(1)
    release()
    await until(() => seen.length === 2)
    await new Promise((done) => setTimeout(done, 300))
    expect(seen).toHaveLength(2)
  })
})
