import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { PostgresHolder } from '../../../testkit/postgres-holder.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { isPostmaster } from './postmaster-file.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const nobody = { uid: 65534, gid: 65534 }
// Nobody else gets into a clone under /root.
const canOthersRun = isRoot && spawnSync(process.execPath, ['--version'], nobody).status === 0

let base: string
let template: string
let count = 0

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'openmeet-embedded-'))
  template = join(base, 'template')
})
afterAll(() => rm(base, { recursive: true, force: true }))

// Whatever a test leaves running goes, also where it fails.
let running = new AsyncDisposableStack()
afterEach(async () => {
  await running.disposeAsync()
  running = new AsyncDisposableStack()
})

/** A folder with a database that says "kept". */
async function kept(): Promise<string> {
  if (!existsSync(template)) await makeTemplate()
  const dataDir = join(base, `kept-${++count}`)
  await mkdir(dataDir)
  await run('cp', ['-a', join(template, 'postgres'), dataDir])
  return dataDir
}

async function makeTemplate(): Promise<void> {
  await using server = await startEmbeddedPostgres({ dataDir: template })
  await ask(server.url, `create table t as select 'kept' as said`)
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  return running.use(await startEmbeddedPostgres({ dataDir, isDurable: false }))
}

async function startElsewhere(dataDir: string): Promise<PostgresHolder> {
  return running.use(await PostgresHolder.start(dataDir))
}

async function ask(url: string, sql = 'select said from t'): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<{ said: string }>(sql)).rows[0]?.said
  } finally {
    await client.end()
  }
}

const socketDirOf = ({ held }: PostgresHolder) => new URL(held.url).searchParams.get('host') ?? ''
const isRunning = (pid: number, dataDir: string) => isPostmaster(pid, join(dataDir, 'postgres'))
const gone = { timeout: 10_000, interval: 5 }

describe('the embedded database', () => {
  test('is made at the first start, listens on no network, and ends without a trace of its server', async () => {
    const dataDir = join(base, 'first')
    const progress: string[] = []
    const server = await startEmbeddedPostgres({ dataDir, onProgress: (text) => progress.push(text) })
    const { pid, connection } = server
    expect(progress).toEqual(['Preparing the database'])
    expect(
      await ask(server.url, `select current_setting('listen_addresses') || current_setting('fsync') as said`),
    ).toBe('on')
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700)
    await server[Symbol.asyncDispose]()
    expect(await isRunning(pid, dataDir)).toBe(false)
    expect([existsSync(connection.host), existsSync(join(dataDir, 'postgres/postmaster.pid'))]).toEqual([false, false])
    expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres.log'])
  })

  test('of two first starts at once is made once, and both use it', async () => {
    const dataDir = join(base, 'both')
    const [one, other] = await Promise.all([startElsewhere(dataDir), start(dataDir)])
    expect(one.held.pid).toBe(other.pid)
    expect(one.held.adopted).toBe(!other.adopted)
    await ask(other.url, `create table t as select 'both' as said`)
    expect(await ask(one.held.url)).toBe('both')
  })

  test('outlives the process that started it while another uses it; the last one to leave stops it', async () => {
    const dataDir = await kept()
    const first = await startElsewhere(dataDir)
    const second = await start(dataDir)
    expect([second.pid, second.adopted]).toEqual([first.held.pid, true])
    await first[Symbol.asyncDispose]()
    expect(await ask(second.url)).toBe('kept')
    await second[Symbol.asyncDispose]()
    expect(await isRunning(second.pid, dataDir)).toBe(false)
  })

  test('of a process that was killed is adopted by the next', async () => {
    const dataDir = await kept()
    const first = await startElsewhere(dataDir)
    await ask(first.held.url, `update t set said = 'mine'`)
    await first.kill()
    const next = await start(dataDir)
    expect([next.pid, next.adopted, await ask(next.url)]).toEqual([first.held.pid, true, 'mine'])
    await next[Symbol.asyncDispose]()
    expect(await isRunning(next.pid, dataDir)).toBe(false)
  })

  test('that nobody can reach since /tmp was cleaned is started again', async () => {
    const dataDir = await kept()
    const first = await startElsewhere(dataDir)
    await first.kill()
    await rm(socketDirOf(first), { recursive: true })
    const next = await start(dataDir)
    expect(next.pid).not.toBe(first.held.pid)
    expect([await ask(next.url), await isRunning(first.held.pid, dataDir)]).toEqual(['kept', false])
  })

  test('comes back on the same socket when it crashes, and pools with it', async () => {
    const dataDir = await kept()
    const server = await start(dataDir)
    const pool = running.adopt(new pg.Pool({ ...server.connection, max: 2 }), (open) => open.end())
    pool.on('error', () => {})
    await pool.query('select 1')
    process.kill(server.pid, 'SIGKILL')
    await expect.poll(() => isRunning(server.pid, dataDir), gone).toBe(false)
    const said = () => pool.query<{ said: string }>('select said from t').then(({ rows }) => rows[0]?.said, String)
    await expect.poll(said, gone).toBe('kept')
    const now = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')
    await running.disposeAsync()
    expect(await isRunning(Number.parseInt(now, 10), dataDir)).toBe(false)
    expect(existsSync(server.connection.host)).toBe(false)
  })

  test('starts although a crash left its lock, and another program has the number that is in it', async () => {
    const dataDir = await kept()
    const first = await startElsewhere(dataDir)
    await first.kill()
    process.kill(first.held.pid, 'SIGKILL')
    await expect.poll(() => isRunning(first.held.pid, dataDir), gone).toBe(false)
    for (const lock of [join(dataDir, 'postgres/postmaster.pid'), join(socketDirOf(first), '.s.PGSQL.5432.lock')])
      await writeFile(lock, (await readFile(lock, 'utf8')).replace(/^\d+/, String(process.pid)))
    const next = await start(dataDir)
    expect([next.adopted, await ask(next.url)]).toEqual([false, 'kept'])
  })

  test('of another major version is left alone, and what to do is said', async () => {
    const dataDir = join(base, 'old')
    await mkdir(join(dataDir, 'postgres'), { recursive: true })
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '14\n')
    const starting = startEmbeddedPostgres({ dataDir })
    await expect(starting).rejects.toThrow(/is of PostgreSQL 14; this OpenMeet brings .*pg_dump/)
    await expect(starting).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('that does not start says why in PostgreSQL’s words', async () => {
    const dataDir = await kept()
    await rm(join(dataDir, 'postgres/global/pg_control'))
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/does not start: .*pg_control.*postgres\.log/s)
  })
})

describe.runIf(isRoot)('started by root', () => {
  test('runs as somebody else', async () => {
    const { pid } = await start(await kept())
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    expect(Number(/^Uid:\t(\d+)/m.exec(status)?.[1])).toBeGreaterThan(0)
  })
})

describe.runIf(canOthersRun)('started by somebody else', () => {
  test('than whose the folder is, is told so', async () => {
    const dataDir = await kept()
    await run('chmod', ['755', base])
    const starting = PostgresHolder.start(dataDir, nobody)
    await expect(starting).rejects.toThrow(/belongs to user \d+: start OpenMeet as that user/)
  })

  test('a user without a name is told what PostgreSQL lacks', async () => {
    const starting = PostgresHolder.start(join(base, 'nameless'), { uid: 54_321, gid: 54_321 })
    await expect(starting).rejects.toThrow(/^User 54321 has no entry in \/etc\/passwd/)
  })
})
