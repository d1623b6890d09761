import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../src/db/database.ts'
import { silentLog } from './silent-log.ts'
import { runSql, toDatabase } from './test-server.ts'

export type TestDb = AsyncDisposable & {
  database: Database
  db: Database['db']
  url: string
  /** A name that no other test database has. */
  schema: string
  listen(channel: string, onNotice: (payload: string) => void): Promise<AsyncDisposable>
}

/** A migrated, empty database of this test file's own, dropped when it is disposed. NOTIFY and locks stay within it. */
export async function openTestDb(): Promise<TestDb> {
  const server = inject('databaseUrl')
  const schema = `openmeet_test_${randomBytes(8).toString('hex')}`
  await runSql(server, `create database ${schema} template ${inject('templateName')}`)
  const url = toDatabase(server, schema)
  const database = await openDatabase({ databaseUrl: url, dataDir: tmpdir(), log: silentLog })
  return {
    database,
    db: database.db,
    url,
    schema,
    listen: (channel, onNotice) => database.listen(channel, { onNotice }),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await dropDatabase(server, schema)
    },
  }
}

/** Connections that are just closing are given a moment: one that is thrown out says so to nobody, which counts as an error. */
async function dropDatabase(server: string, name: string): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return await runSql(server, `drop database ${name}`)
    } catch {
      await wait(25)
    }
  }
  await runSql(server, `drop database ${name} with (force)`)
}
