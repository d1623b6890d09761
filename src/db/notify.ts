import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * Tells the listeners of `channel` in all processes. In a transaction it is sent when that commits, and never otherwise.
 * Send ids, not data: PostgreSQL takes less than 8,000 bytes.
 */
export async function notify(db: Db, channel: string, payload = ''): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(db)
}
