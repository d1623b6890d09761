import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { AppError, errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { maskUrls } from '../base/mask-urls.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { DbListener, type Listen } from './listen.ts'
import { NamedLocks } from './named-locks.ts'
import type { DB } from './schema.ts'

export type Db = Kysely<DB>
export type Tx = Transaction<DB>

export type DatabaseOptions = {
  /** Any PostgreSQL from 15 on; undefined: the embedded one in `dataDir`. */
  databaseUrl: string | undefined
  dataDir: string
  log: Log
  onProgress?: (message: string) => void
  maxConnections?: number
}

/** One process's way to the database. What matters to several processes is in it, never in memory alone. */
export type Database = AsyncDisposable & {
  db: Db
  /** For others that bring a client of their own (the queue, COPY). */
  connection: pg.PoolConfig
  locks: NamedLocks
  listen: Listen
  isEmbedded: boolean
}

const oldestMajor = 15

/** Opens the database, starting the embedded one where none is named. Migrates nothing. Throws AppError that says what to do. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  await using stack = new AsyncDisposableStack()
  const { databaseUrl, log } = options
  const embedded = databaseUrl === undefined ? stack.use(await startEmbeddedPostgres(options)) : undefined
  const connection = embedded ? embedded.connection : { connectionString: databaseUrl }
  const pool = createPool(connection, { max: options.maxConnections ?? 12, log })
  stack.defer(() => pool.end())
  await assertUsable(pool, databaseUrl)
  // Locks are held while their tasks ask the common pool: on that pool they could wait for themselves.
  const lockPool = createPool(connection, { max: 1, log })
  stack.defer(() => lockPool.end())
  const locks = stack.use(new NamedLocks(lockPool))
  const listener = stack.use(new DbListener({ ...connection, application_name: 'openmeet-listen' }, log))
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  const owned = stack.move()
  return {
    db,
    connection,
    locks,
    listen: (channel, heard) => listener.listen(channel, heard),
    isEmbedded: embedded !== undefined,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The types of columns as the generated schema has them: numbers for int8 (ids and cursors stay far below 2^53). */
function createTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  return types
}

function createPool(connection: pg.PoolConfig, { max, log }: { max: number; log: Log }): pg.Pool {
  const pool = new pg.Pool({
    application_name: 'openmeet',
    connectionTimeoutMillis: 10_000,
    idle_in_transaction_session_timeout: 120_000,
    ...connection,
    max,
    types: createTypes(),
  })
  // An idle connection that breaks is replaced by the pool; whoever uses one learns of it by their own query.
  pool.on('error', (error) => log.warn('a database connection broke', { error: errorText(error) }))
  return pool
}

async function assertUsable(pool: pg.Pool, databaseUrl: string | undefined): Promise<void> {
  const { rows } = await pool
    .query<{ server_version_num: string }>('show server_version_num')
    .catch((cause: unknown) => {
      throw new AppError(
        'unavailable',
        `The database ${maskUrls(databaseUrl ?? '')} cannot be used: ${errorText(cause)}. Check DATABASE_URL and that the server runs.`,
        { cause },
      )
    })
  assertNewEnough(Number(rows[0]?.server_version_num))
}

/** `version` as PostgreSQL's server_version_num has it: 150004. Throws AppError. */
export function assertNewEnough(version: number): void {
  const major = Math.floor(version / 10_000)
  if (major < oldestMajor)
    throw new AppError('unavailable', `PostgreSQL ${oldestMajor} or newer is needed; DATABASE_URL leads to ${major}.`)
}
