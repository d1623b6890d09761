import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { NamedLocks } from './named-locks.ts'

let test_: TestDb
let pools: pg.Pool[]
let processes: NamedLocks[]

beforeAll(async () => {
  test_ = await openTestDb()
  pools = [1, 2, 3].map(() => new pg.Pool({ connectionString: test_.url, max: 1 }))
  processes = pools.map((pool) => new NamedLocks(pool))
})
afterAll(async () => {
  for (const locks of processes) await locks[Symbol.asyncDispose]()
  for (const pool of pools) await pool.end()
  await test_[Symbol.asyncDispose]()
})

const name = (text: string) => `${test_.schema}:${text}`

test('one at a time among all callers of all processes, one failing or not', async () => {
  let [inside, most, done] = [0, 0, 0]
  const all = Array.from({ length: 60 }, async (_, i) =>
    processes[i % 3]?.run(name('one'), async () => {
      most = Math.max(most, ++inside)
      await wait(1)
      inside--
      done++
      if (i % 7 === 0) throw new Error('no')
    }),
  )
  const outcomes = await Promise.allSettled(all)
  expect([most, done, outcomes.filter(({ status }) => status === 'rejected').length]).toEqual([1, 60, 9])
})

test('many slow tasks of other names keep nobody waiting, on a single connection', async () => {
  const [locks] = processes as [NamedLocks]
  let release = () => {}
  const gate = new Promise<void>((open) => (release = open))
  const slow = Array.from({ length: 50 }, (_, i) => locks.run(name(`slow${i}`), () => gate))
  expect(await locks.run(name('quick'), () => 'done')).toBe('done')
  release()
  await Promise.all(slow)
})

test('a process that dies lets go at once, and one whose connection breaks goes on with another', async () => {
  const dying = new pg.Pool({ connectionString: test_.url, max: 1, application_name: name('dying') })
  dying.on('error', () => {})
  const doomed = new NamedLocks(dying)
  const held = doomed.run(name('held'), () => wait(300))
  await wait(50)
  const other = processes[0]?.run(name('held'), () => 'mine now')
  await test_.db.executeQuery({
    sql: 'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    parameters: [name('dying')],
    query: { kind: 'RawNode' } as never,
    queryId: { queryId: 'x' },
  })
  expect(await other).toBe('mine now')
  await held
  expect(await doomed.run(name('again'), () => 'back')).toBe('back')
  await doomed[Symbol.asyncDispose]()
  await dying.end()
})
