import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import { PostgresHolder } from './postgres-holder.ts'
import { silentLog } from './silent-log.ts'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- declarations merge only as interfaces
  interface ProvidedContext {
    /** Of the server all test files of a run share. */
    databaseUrl: string
    /** A migrated database that each file's own is copied from. */
    templateName: string
  }
}

/** One PostgreSQL for the whole run: the one of DATABASE_URL, or an embedded one in a temporary folder. */
export async function setup({ provide }: Pick<TestProject, 'provide'>): Promise<() => Promise<void>> {
  const external = process.env['DATABASE_URL']
  // Held by a process of its own: a run that is killed leaves no server behind.
  const server = external ? undefined : await startServer()
  const databaseUrl = external ?? server?.held.url ?? ''
  const templateName = `openmeet_test_${randomBytes(6).toString('hex')}`
  await runSql(databaseUrl, `create database ${templateName}`)
  await migrateTemplate(toDatabase(databaseUrl, templateName))
  provide('databaseUrl', databaseUrl)
  provide('templateName', templateName)
  return async () => {
    await runSql(databaseUrl, `drop database ${templateName}`)
    await server?.[Symbol.asyncDispose]()
  }
}

async function startServer(): Promise<PostgresHolder> {
  return PostgresHolder.start(await mkdtemp(join(tmpdir(), 'openmeet-test-')), { isTemporary: true })
}

async function migrateTemplate(databaseUrl: string): Promise<void> {
  await using database = await openDatabase({ databaseUrl, dataDir: tmpdir(), log: silentLog })
  await migrate(database.db)
}

export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The URL of another database of the same server. */
export function toDatabase(url: string, name: string): string {
  return url.replace(/^(\w+:\/\/[^/?]*)\/?[^?]*/, `$1/${name}`)
}
