import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** How many records of ours stand where with the network, by sync status: of one repo, or of all. */
export async function countRecordsByState(db: Db, did?: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ status: string; count: number }>`
    select sync_status as status, count(*)::int4 as count from records
    where sync_status is not null and ${did === undefined ? sql`true` : sql`did = ${did}`}
    group by sync_status`.execute(db)
  return new Map(rows.map(({ status, count }) => [status, count]))
}
