import { AppError } from '../base/errors.ts'
import type { Db } from '../db/database.ts'
import type { EventRow } from './event-row.ts'

/** Of the event's page, within the site. */
export function eventUrlPath({ slug }: Pick<EventRow, 'slug'>): string {
  return `/events/${slug}`
}

export async function findEventBySlug(db: Db, slug: string): Promise<EventRow | undefined> {
  return db.selectFrom('events').selectAll().where('slug', '=', slug).executeTakeFirst()
}

export async function findEventByUri(db: Db, uri: string): Promise<EventRow | undefined> {
  return db.selectFrom('events').selectAll().where('uri', '=', uri).executeTakeFirst()
}

/** The row stays locked against other changes until the transaction ends: whoever changes an event takes it first. */
export async function lockEvent(tx: Db, id: number): Promise<EventRow> {
  const row = await tx.selectFrom('events').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  if (!row) throw new AppError('gone', 'This event does not exist any more.')
  return row
}
