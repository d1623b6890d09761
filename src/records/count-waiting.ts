import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** Records of one repo that wait to be written to it. */
export async function countWaiting(db: Db, did: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from outbox where did = ${did}`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}
