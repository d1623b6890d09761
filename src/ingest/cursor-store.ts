import { sql } from 'kysely'
import type { SourceNotice } from '../atproto/record-op.ts'
import type { Db, Tx } from '../db/database.ts'
import { toSqlText } from '../db/sql-json.ts'

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

export async function storeNotices(tx: Tx, source: string, notices: readonly SourceNotice[]): Promise<void> {
  for (const { reason, detail, from, to } of notices) {
    await sql`
      insert into source_notices (source, reason, detail, from_cursor, to_cursor)
      values (${source}, ${reason}, ${toSqlText(detail).slice(0, 2000)}, ${from ?? null}, ${to ?? null})`.execute(tx)
  }
}

/** For what a source may say again and again of one thing. */
export async function storeNoticeOnce(tx: Tx, source: string, { reason, detail }: SourceNotice): Promise<void> {
  await sql`
    insert into source_notices (source, reason, detail)
    select ${source}, ${reason}, ${detail}
    where not exists (
      select from source_notices where source = ${source} and reason = ${reason} and detail = ${detail})`.execute(tx)
}
