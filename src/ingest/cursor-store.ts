import { sql } from 'kysely'
import type { SourceNotice } from '../atproto/record-op.ts'
import type { Db, Tx } from '../db/database.ts'
import { toSqlText } from '../db/sql-json.ts'
import { gapsOfNotices, storeGaps } from './gap-store.ts'

export type StoredCursor = { cursor: number; host: string; updatedAt: Date }

/** How far a source has been taken in; undefined before its first batch. */
export async function findCursor(db: Db, source: string): Promise<StoredCursor | undefined> {
  const row = await db.selectFrom('cursors').selectAll().where('source', '=', source).executeTakeFirst()
  return row && { cursor: row.cursor, host: row.host, updatedAt: row.updated_at }
}

/** In the transaction of the effects. Never goes back, except where the source's numbers have started anew. */
export async function storeCursor(
  tx: Tx,
  source: string,
  next: { cursor: number; host: string; restarts: boolean },
): Promise<void> {
  const { cursor, host, restarts } = next
  await sql`
    insert into cursors as c (source, cursor, host) values (${source}, ${cursor}, ${host})
    on conflict (source) do update set
      cursor = case when ${restarts}::bool then excluded.cursor else greatest(c.cursor, excluded.cursor) end,
      host = excluded.host, updated_at = now()`.execute(tx)
}

/** Writes down what a source says of itself, and what that means for what is known here: see gapsOfNotices. */
export async function storeNotices(tx: Tx, source: string, notices: readonly SourceNotice[]): Promise<void> {
  await storeGaps(tx, gapsOfNotices(source, notices))
  for (const { reason, detail, from, to, did } of notices) {
    // The gap says it all.
    if (did !== undefined) continue
    await sql`
      insert into source_notices (source, reason, detail, from_cursor, to_cursor)
      values (${source}, ${reason}, ${toSqlText(detail).slice(0, 2000)}, ${from ?? null}, ${to ?? null})`.execute(tx)
  }
}

/** How far other sources of the network were read; the newest reading first. A pass over repos is none. */
export async function listOtherCursors(db: Db, source: string): Promise<(StoredCursor & { source: string })[]> {
  const rows = await db
    .selectFrom('cursors')
    .selectAll()
    .where('source', '<>', source)
    .orderBy('updated_at', 'desc')
    .execute()
  return rows.map(({ updated_at: updatedAt, ...row }) => ({ ...row, updatedAt }))
}
