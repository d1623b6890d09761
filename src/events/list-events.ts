import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { EventRow } from './event-row.ts'
import { type ListCursor, type ListPage, toListPage } from './list-cursor.ts'

/** `on`: running or to come. Every dated event is exactly one of `live`, `upcoming` and `past`. */
export type EventPhaseFilter = 'on' | 'live' | 'upcoming' | 'past'

export type EventQuery = {
  phase: EventPhaseFilter
  now: Date
  limit: number
  after?: ListCursor | undefined
  startsBefore?: Date | undefined
  /** Words of name, description or place; names also nearly. */
  search?: string | undefined
  mode?: 'inperson' | 'virtual' | undefined
  origin?: 'here' | 'network' | undefined
}

/** What anybody may be shown in a list, of the events `e` of the accounts `a`; in the words of the index `events_listed`. */
export const isListedSql = sql<boolean>`(
  e.visibility = 'public' and not e.is_draft and e.hidden_reason is null
  and a.repo_status = 'active' and a.unlisted_at is null)`

/** `effectiveEnd` in the database, of the events `e`. */
const effectiveEndSql = sql<Date | null>`(case
  when e.starts_at is null then null
  when e.all_day then coalesce(e.ends_at, e.starts_at) + interval '24 hours'
  else coalesce(e.ends_at, e.starts_at + interval '2 hours') end)`

/** Undated events come after all others. */
const sortKey = sql<Date>`coalesce(e.starts_at, 'infinity'::timestamptz)`

export type ListOrder = 'soonest' | 'latest'

export function afterCursorSql(order: ListOrder, after: ListCursor | undefined): RawBuilder<boolean> {
  if (!after) return sql`true`
  const at = after.at ?? 'infinity'
  return order === 'soonest'
    ? sql`(${sortKey}, e.id) > (${at}::timestamptz, ${after.id}::int8)`
    : sql`(${sortKey}, e.id) < (${at}::timestamptz, ${after.id}::int8)`
}

export function orderSql(order: ListOrder): RawBuilder<unknown> {
  return order === 'soonest' ? sql`${sortKey}, e.id` : sql`${sortKey} desc, e.id desc`
}

/**
 * Public events that have a date: soonest first, of the past latest first. Talks of a conference are found by search
 * only.
 */
export async function listEvents(db: Db, query: EventQuery): Promise<ListPage<EventRow>> {
  const order = query.phase === 'past' ? 'latest' : 'soonest'
  const rows = await db
    .selectFrom('events as e')
    .innerJoin('accounts as a', 'a.id', 'e.owner_id')
    .selectAll('e')
    .where(isListedSql)
    .where('e.starts_at', 'is not', null)
    .where(phaseSql(query.phase, query.now))
    .where(filterSql(query))
    .where(afterCursorSql(order, query.after))
    .orderBy(orderSql(order))
    .limit(query.limit + 1)
    .execute()
  return toListPage(rows, query.limit)
}

export function phaseSql(phase: EventPhaseFilter, now: Date): RawBuilder<boolean> {
  switch (phase) {
    case 'on':
      return sql`${effectiveEndSql} > ${now}`
    case 'live':
      return sql`e.starts_at <= ${now} and ${effectiveEndSql} > ${now}`
    case 'upcoming':
      // An end before the start cannot be stored, so whatever starts later is not over.
      return sql`e.starts_at > ${now}`
    case 'past':
      return sql`e.starts_at <= ${now} and ${effectiveEndSql} <= ${now}`
  }
}

function filterSql({ search, mode, origin, startsBefore }: EventQuery): RawBuilder<boolean> {
  const parts = [
    search ? searchSql(search) : sql<boolean>`e.parent_uri is null`,
    ...(mode ? [modeSql(mode)] : []),
    ...(origin ? [sql<boolean>`e.origin = ${origin}`] : []),
    ...(startsBefore ? [sql<boolean>`e.starts_at < ${startsBefore}`] : []),
  ]
  return sql`${sql.join(parts, sql` and `)}`
}

/** A hybrid event is both; of an unknown mode the places tell. */
function modeSql(mode: 'inperson' | 'virtual'): RawBuilder<boolean> {
  if (mode === 'virtual') return sql`e.mode in ('virtual', 'hybrid')`
  return sql`(e.mode in ('inperson', 'hybrid')
    or (coalesce(e.mode, '') not in ('inperson', 'hybrid', 'virtual') and e.locations <> '[]'))`
}

const maxWords = 12

/** Every word, or its beginning, somewhere; or a name that is nearly so. */
function searchSql(text: string): RawBuilder<boolean> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return sql`strpos(e.name, ${text}) > 0`
  const query = words
    .slice(0, maxWords)
    .map((word) => `'${word}':*`)
    .join(' & ')
  return sql`(e.search @@ to_tsquery('simple', ${query}) or e.name %> ${text})`
}
