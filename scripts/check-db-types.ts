/** Compares src/db/schema.ts with a freshly migrated database: `--write` writes it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../src/db/database.ts'
import { startEmbeddedPostgres } from '../src/db/embedded/embedded-postgres.ts'
import { migrate } from '../src/db/migrate.ts'
import { createLog } from '../src/base/log.ts'
import { runChild } from './bootstrap/run-child.mjs'

const outFile = 'src/db/schema.ts'
const codegen = 'node_modules/kysely-codegen/dist/cli/bin.js'
// As src/db/database.ts parses them; json is read by whoever knows what is in it.
const typeMapping = { int8: 'number', json: 'unknown', jsonb: 'unknown', bytea: 'Buffer', tsvector: 'string' }

async function main(isWrite: boolean): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-types-'))
  try {
    await using server = await startEmbeddedPostgres({ dataDir, isDurable: false })
    await migrateAt(server.url, dataDir)
    const options = ['--dialect', 'postgres', '--url', server.url, '--out-file', outFile, '--log-level', 'warn']
    const mapping = ['--type-mapping', JSON.stringify(typeMapping), '--exclude-pattern', 'kysely_*']
    const { code } = await runChild(process.execPath, [
      codegen,
      ...options,
      ...mapping,
      ...(isWrite ? [] : ['--verify']),
    ])
    if (code !== 0) console.error(`${outFile} is not what the migrations make: npm run fix`)
    process.exitCode = code ?? 1
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function migrateAt(databaseUrl: string, dataDir: string): Promise<void> {
  await using database = await openDatabase({ databaseUrl, dataDir, log: createLog({ level: 'warn' }) })
  await migrate(database.db)
}

await main(process.argv.includes('--write'))
