import { access } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

// Any number that nobody else uses in this database.
const seatLock = 7_239_051_184

export async function hasSocket(socketDir: string): Promise<boolean> {
  return access(join(socketDir, '.s.PGSQL.5432')).then(
    () => true,
    () => false,
  )
}

/** A connection that sits in the server; undefined where it is just being stopped or has died. */
export async function joinServer(socketDir: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    host: socketDir,
    user: 'postgres',
    database: 'postgres',
    application_name: 'openmeet-seat',
    connectionTimeoutMillis: 5000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    if (await ask(client, 'select pg_try_advisory_lock_shared($1) as done')) return client
  } catch (error) {
    if (!isServerAway(error)) throw error
  }
  await client.end().catch(() => {})
  return undefined
}

/** Gives the seat back. True: it was the last one, and the lock that is still held keeps others from sitting down. */
export async function leaveServer(client: pg.Client): Promise<boolean> {
  try {
    await ask(client, 'select pg_advisory_unlock_shared($1) as done')
    if (await ask(client, 'select pg_try_advisory_lock($1) as done')) return true
  } catch (error) {
    if (!isServerAway(error)) throw error
  }
  await client.end().catch(() => {})
  return false
}

async function ask(client: pg.Client, question: string): Promise<boolean> {
  const { rows } = await client.query<{ done: boolean }>(question, [seatLock])
  return rows[0]?.done === true
}

/** Not reachable, starting (57P03), shutting down (57P01, 57P02) or lost on the way. */
function isServerAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    /^(?:ENOENT|ECONNREFUSED|ECONNRESET|EPIPE|57P0[123])$/.test(code) ||
    /terminated|timeout|not queryable/i.test(String(error))
  )
}
