import { tmpdir } from 'node:os'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../testkit/silent-log.ts'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { assertNewEnough, openDatabase } from './database.ts'
import { listPendingMigrations, migrate } from './migrate.ts'
import { runSql, toDatabase } from '../../testkit/test-server.ts'

let open: TestDb

beforeAll(async () => {
  open = await openTestDb()
})
afterAll(() => open[Symbol.asyncDispose]())

const openAt = (databaseUrl: string) => openDatabase({ databaseUrl, dataDir: tmpdir(), log: silentLog })

describe('a database that cannot be used', () => {
  test('is told in one line, without its password', async () => {
    const opening = openAt('postgres://me:hunter2@127.0.0.1:1/none')
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' })
    await expect(opening).rejects.toThrow(
      /^The database postgres:\/\/[^\n]*127\.0\.0\.1:1\/none cannot be used: [^\n]*ECONNREFUSED[^\n]*Check DATABASE_URL[^\n]*$/,
    )
    await expect(opening).rejects.not.toThrow(/hunter2/)
  })

  test('is told, too, where the server has no such database', async () => {
    const name = `${open.schema}_none`
    await expect(openAt(toDatabase(open.url, name))).rejects.toThrow(`database "${name}" does not exist`)
  })

  test('is one of PostgreSQL 14 or older', () => {
    expect(() => assertNewEnough(140_012)).toThrow('PostgreSQL 15 or newer is needed; DATABASE_URL leads to 14.')
    expect(() => assertNewEnough(150_000)).not.toThrow()
  })
})

test('numbers come as numbers, times as dates, and text as it was', async () => {
  const { rows } = await sql<{ n: number; t: Date; s: string }>`
    select 9007199254740991::int8 as n, '2026-01-01T00:00:00Z'::timestamptz as t, ${'naïve ☃'}::text as s`.execute(
    open.db,
  )
  expect(rows).toEqual([{ n: Number.MAX_SAFE_INTEGER, t: new Date('2026-01-01T00:00:00Z'), s: 'naïve ☃' }])
})

test('a connection that breaks while nobody uses it costs nobody anything', async () => {
  await sql`select 1`.execute(open.db)
  await runSql(
    open.url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'openmeet' and pid <> pg_backend_pid()`,
  )
  await expect
    .poll(() =>
      sql`select 1 as one`.execute(open.db).then(
        ({ rows }) => rows,
        () => [],
      ),
    )
    .toEqual([{ one: 1 }])
})

describe('migrations', () => {
  test('bring an empty database up to date, once, however many processes start at once', async () => {
    const name = `${open.schema}_m`
    await runSql(open.url, `create database ${name}`)
    try {
      await using one = await openAt(toDatabase(open.url, name))
      await using other = await openAt(toDatabase(open.url, name))
      const pending = await listPendingMigrations(one.db)
      expect(pending.length).toBeGreaterThan(0)
      const done = await Promise.all([migrate(one.db), migrate(other.db)])
      expect(done.flat().toSorted()).toEqual(pending)
      expect(await listPendingMigrations(other.db)).toEqual([])
      expect(await migrate(one.db)).toEqual([])
    } finally {
      await runSql(open.url, `drop database ${name} with (force)`)
    }
  })

  test('that the database refuses are named, and leave nothing behind', async () => {
    const name = `${open.schema}_r`
    await runSql(open.url, `create database ${name}`)
    try {
      await using database = await openAt(toDatabase(open.url, name))
      await sql`create table rsvps (unexpected int)`.execute(database.db)
      await expect(migrate(database.db)).rejects.toThrow(/^The database refused migration 0001-foundation: .*rsvps/)
      const { rows } = await sql`select 1 from pg_tables where tablename = 'events'`.execute(database.db)
      expect(rows).toEqual([])
    } finally {
      await runSql(open.url, `drop database ${name} with (force)`)
    }
  })
})
