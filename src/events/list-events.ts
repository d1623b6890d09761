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
 * only; names that are only nearly what was searched for, where nothing else is.
 */
export async function listEvents(db: Db, query: EventQuery): Promise<ListPage<EventRow>> {
  const { search, after } = query
  const found = await listRows(db, query)
  const isNothing = search !== undefined && found.length === 0
  if (isNothing && (!after || (await listRows(db, { ...query, after: undefined, limit: 0 })).length === 0))
    return toListPage(await listRows(db, query, nearlySql(search)), query.limit)
  return toListPage(found, query.limit)
}

const hour = 3_600_000
/** Shorter events are over this long after their start; `events_long` finds the others. */
const shortMs = 48 * hour

/** Those that last longer and are not over: few, and found by their own index, whatever the planner thinks of it. */
function longSql(since: Date): RawBuilder<boolean> {
  return sql`e.id = any(array(
    select l.id from events l
    where l.visibility = 'public' and not l.is_draft and l.hidden_reason is null
      and l.ends_at - l.starts_at > interval '1 day' and l.ends_at > ${since}))`
}

/** One more than the limit. Each part is walked along an index in the order of the list, and no further than needed. */
async function listRows(db: Db, query: EventQuery, words?: RawBuilder<boolean>): Promise<EventRow[]> {
  const { phase, now, limit } = query
  const filter = filterSql(query, words)
  if (phase === 'past') return selectRows(db, query, sql`${phaseSql(phase, now)} and ${filter}`)
  if (phase === 'upcoming') return selectRows(db, query, sql`${phaseSql(phase, now)} and ${filter}`)
  const edge = new Date(now.getTime() - shortMs)
  const [long, short] = await Promise.all([
    selectRows(
      db,
      query,
      sql`${longSql(new Date(now.getTime() - 24 * hour))} and e.starts_at <= ${edge} and ${phaseSql(phase, now)} and ${filter}`,
    ),
    selectRows(db, query, sql`e.starts_at > ${edge} and ${phaseSql(phase, now)} and ${filter}`),
  ])
  return [...long, ...short].slice(0, limit + 1)
}

async function selectRows(
  db: Db,
  { phase, after, limit }: EventQuery,
  condition: RawBuilder<boolean>,
): Promise<EventRow[]> {
  const isPast = phase === 'past'
  const next = after?.at
    ? sql<boolean>`(e.starts_at, e.id) ${sql.raw(isPast ? '<' : '>')} (${after.at}, ${after.id}::int8)`
    : sql<boolean>`true`
  return db
    .selectFrom('events as e')
    .innerJoin('accounts as a', 'a.id', 'e.owner_id')
    .selectAll('e')
    .where(isListedSql)
    .where('e.starts_at', 'is not', null)
    .where(condition)
    .where(next)
    .orderBy('e.starts_at', isPast ? 'desc' : 'asc')
    .orderBy('e.id', isPast ? 'desc' : 'asc')
    .limit(limit + 1)
    .execute()
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

function filterSql(query: EventQuery, words?: RawBuilder<boolean>): RawBuilder<boolean> {
  const { search, mode, origin, startsBefore } = query
  const parts = [
    search === undefined ? sql<boolean>`e.parent_uri is null` : (words ?? searchSql(search)),
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

/** Every word, or its beginning, somewhere. */
function searchSql(text: string): RawBuilder<boolean> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return sql`false`
  const query = words
    .slice(0, maxWords)
    .map((word) => `'${word}':*`)
    .join(' & ')
  return sql`e.search @@ to_tsquery('simple', ${query})`
}

/** A name that has it, but for a letter or two. */
function nearlySql(text: string): RawBuilder<boolean> {
  return sql`e.name %> ${text}`
}
