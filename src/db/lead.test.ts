import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../testkit/silent-log.ts'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { createLead } from './lead.ts'

let open: TestDb

beforeAll(async () => {
  open = await openTestDb()
})
afterAll(() => open[Symbol.asyncDispose]())

/** A process that wants to lead, and notes who leads. */
function createProcess(id: number, log: string[]) {
  const config = { connectionString: open.url, application_name: `${open.schema}-${id}` }
  const lead = createLead(config, silentLog)
  return (name: string, signal: AbortSignal) =>
    lead(name, signal, async (until) => {
      log.push(`${id} leads`)
      if (!until.aborted) await once(until, 'abort')
      log.push(`${id} ends`)
    })
}

async function breakConnection(id: number): Promise<void> {
  const name = `${open.schema}-${id}`
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name}`.execute(open.db)
}

test('one leads at a time; one that loses its connection ends, another leads, and the first waits in line again', async () => {
  const log: string[] = []
  const stop = new AbortController()
  const all = [1, 2, 3].map((id) => createProcess(id, log)('one', stop.signal))
  await expect.poll(() => log).toHaveLength(1)
  const [first] = log.map((line) => Number.parseInt(line, 10))
  await wait(600)
  expect(log).toEqual([`${first} leads`])
  await breakConnection(first ?? 0)
  await expect.poll(() => log, { timeout: 3000 }).toHaveLength(3)
  expect(log[1]).toBe(`${first} ends`)
  const second = Number.parseInt(log[2] ?? '', 10)
  stop.abort()
  await Promise.all(all)
  expect(log.slice(3)).toEqual([`${second} ends`])
})

test('other names are led by others at the same time', async () => {
  const log: string[] = []
  const stop = new AbortController()
  const both = ['left', 'right'].map((name, i) => createProcess(i, log)(name, stop.signal))
  await expect.poll(() => log.toSorted()).toEqual(['0 leads', '1 leads'])
  stop.abort()
  await Promise.all(both)
})

test('a task that is done, and one that fails, are over: nobody does them again', async () => {
  const lead = createLead({ connectionString: open.url }, silentLog)
  const { signal } = new AbortController()
  let times = 0
  await lead('done', signal, async () => void times++)
  const failing = lead('failing', signal, async () => {
    times++
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(times).toBe(2)
})

test('while the database is away it waits, and ends when it is told to', async () => {
  const lead = createLead({ host: '127.0.0.1', port: 1 }, silentLog)
  const stop = new AbortController()
  const waiting = lead('away', stop.signal, () => expect.fail('it leads nothing'))
  await wait(50)
  stop.abort()
  await waiting
})
