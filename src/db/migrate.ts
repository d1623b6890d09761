import { Migrator } from 'kysely/migration'
import { AppError, errorText } from '../base/errors.ts'
import type { Db } from './database.ts'
import * as foundation from './migrations/0001-foundation.ts'
import * as ingest from './migrations/0002-ingest.ts'
import * as accounts from './migrations/0003-accounts.ts'
import * as publish from './migrations/0004-publish.ts'
import * as proofs from './migrations/0005-proofs.ts'

const migrations = {
  '0001-foundation': foundation,
  '0002-ingest': ingest,
  '0003-accounts': accounts,
  '0004-publish': publish,
  '0005-proofs': proofs,
}

/**
 * Brings the database to what this version of the program expects, and returns what it did. Several processes may do so
 * at once: one does it and the others wait. Throws AppError; a migration that fails leaves nothing behind.
 */
export async function migrate(db: Db): Promise<string[]> {
  const { error, results = [] } = await createMigrator(db).migrateToLatest()
  if (error !== undefined) {
    const failed = results.find(({ status }) => status === 'Error')?.migrationName
    const what = failed ? `migration ${failed}` : 'its migrations'
    throw new AppError('unavailable', `The database refused ${what}: ${errorText(error)}`, { cause: error })
  }
  return results.map(({ migrationName }) => migrationName)
}

/** What "migrate" would do. */
export async function listPendingMigrations(db: Db): Promise<string[]> {
  const all = await createMigrator(db).getMigrations()
  return all.flatMap(({ name, executedAt }) => (executedAt === undefined ? [name] : []))
}

function createMigrator(db: Db): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => migrations } })
}
