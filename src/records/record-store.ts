import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Records } from '../db/schema.ts'

export type RecordRow = Selectable<Records>

export async function findRecord(db: Db, uri: string): Promise<RecordRow | undefined> {
  return db.selectFrom('records').selectAll().where('uri', '=', uri).executeTakeFirst()
}
