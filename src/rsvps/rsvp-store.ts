import { type Selectable, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Accounts, Rsvps } from '../db/schema.ts'
import type { EventRow } from '../events/event-row.ts'
import type { RsvpCounts, RsvpPlace, RsvpStatus } from './rsvp.ts'

export type AnswerRow = Omit<Selectable<Rsvps>, 'status' | 'place' | 'origin'> & {
  status: RsvpStatus
  place: RsvpPlace
  origin: 'network' | 'here'
}

export async function findAnswer(db: Db, eventId: number, accountId: number): Promise<AnswerRow | undefined> {
  const row = await db
    .selectFrom('rsvps')
    .selectAll()
    .where('event_id', '=', eventId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row as AnswerRow | undefined
}

/** The answers of one person to several events, by event. */
export async function findAnswersOf(
  db: Db,
  accountId: number,
  eventIds: readonly number[],
): Promise<Map<number, AnswerRow>> {
  if (eventIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('rsvps')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('event_id', 'in', [...eventIds])
    .execute()
  return new Map(rows.map((row) => [row.event_id, row as AnswerRow]))
}

export async function countAnswers(db: Db, eventId: number): Promise<RsvpCounts> {
  const counts = (await countAnswersOf(db, [eventId])).get(eventId)
  return counts ?? { going: 0, interested: 0, notgoing: 0, waitlisted: 0, pending: 0 }
}

/**
 * Of several events, those that have answers. People whose repo is away are not counted. `going`: confirmed, each with
 * the guests they bring.
 */
export async function countAnswersOf(db: Db, eventIds: readonly number[]): Promise<Map<number, RsvpCounts>> {
  if (eventIds.length === 0) return new Map()
  const { rows } = await sql<RsvpCounts & { eventId: number }>`
    select r.event_id as "eventId",
      coalesce(sum(1 + guests) filter (where status = 'going' and place = 'confirmed'), 0)::int4 as going,
      count(*) filter (where status = 'interested')::int4 as interested,
      count(*) filter (where status = 'notgoing')::int4 as notgoing,
      count(*) filter (where status = 'going' and place = 'waitlisted')::int4 as waitlisted,
      count(*) filter (where status = 'going' and place = 'pending')::int4 as pending
    from rsvps r join accounts a on a.id = r.account_id
    where r.event_id = any(${[...eventIds]}) and a.repo_status = 'active' group by r.event_id`.execute(db)
  return new Map(rows.map(({ eventId, ...counts }) => [eventId, counts]))
}

/** How many come to each of several events. */
export async function countGoing(db: Db, eventIds: readonly number[]): Promise<Map<number, number>> {
  if (eventIds.length === 0) return new Map()
  const { rows } = await sql<{ eventId: number; going: number }>`
    select r.event_id as "eventId", sum(1 + r.guests)::int4 as going
    from rsvps r join accounts a on a.id = r.account_id
    where r.event_id = any(${[...eventIds]}) and r.status = 'going' and r.place = 'confirmed' and a.repo_status = 'active'
    group by r.event_id`.execute(db)
  return new Map(rows.map(({ eventId, going }) => [eventId, going]))
}

/** The lists of an event's answers. */
type AnswerList = 'going' | 'interested' | 'notgoing' | 'waitlisted' | 'pending'

export type AnswerPage = {
  list: AnswerList
  limit: number
  before?: number | undefined
  search?: string | undefined
  /** The host also sees those who asked not to be listed. */
  forHost?: boolean
}

export type AnswerWithPerson = AnswerRow & { person: Selectable<Accounts> }

/** Newest first, those who wait oldest first. `before`: the id the last page ended with. */
export async function listAnswers(db: Db, eventId: number, page: AnswerPage): Promise<AnswerWithPerson[]> {
  const { list, limit, before, search, forHost = false } = page
  const isLine = list === 'waitlisted' || list === 'pending'
  const query = db
    .selectFrom('rsvps')
    .innerJoin('accounts', 'accounts.id', 'rsvps.account_id')
    .selectAll('rsvps')
    .select(sql<Selectable<Accounts>>`to_jsonb(accounts)`.as('person'))
    .where('event_id', '=', eventId)
    .where('accounts.repo_status', '=', 'active')
    .$if(!forHost, (qb) => qb.where('accounts.unlisted_at', 'is', null))
    .where('rsvps.status', '=', isLine ? 'going' : list)
    .$if(list === 'going' || isLine, (qb) => qb.where('rsvps.place', '=', isLine ? list : 'confirmed'))
    .$if(before !== undefined, (qb) => qb.where('rsvps.id', isLine ? '>' : '<', before ?? 0))
    .$if(search !== undefined, (qb) =>
      qb.where(
        sql<boolean>`accounts.display_name || ' ' || coalesce(accounts.handle, '') ilike ${`%${escapeLike(search ?? '')}%`}`,
      ),
    )
    .orderBy('rsvps.id', isLine ? 'asc' : 'desc')
    .limit(limit)
  const rows = await query.execute()
  return rows.map((row) => ({ ...row, person: withDates(row.person) }) as AnswerWithPerson)
}

/** The event that an RSVP record answers, or that the answer it is to be is about; undefined where it is not known. */
export async function findEventOfAnswer(db: Db, uri: string): Promise<EventRow | undefined> {
  const row = await db
    .selectFrom('events')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('id', 'in', eb.selectFrom('rsvps').select('event_id').where('uri', '=', uri)),
        eb('uri', 'in', eb.selectFrom('rsvp_records').select('subject_uri').where('uri', '=', uri)),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row
}

/** The place of a person in the line: 1 is next. */
export async function findWaitlistPosition(db: Db, { id, event_id: eventId }: AnswerRow): Promise<number | null> {
  const { rows } = await sql<{ position: number }>`
    select count(*)::int4 as position from rsvps w, rsvps mine
    where mine.id = ${id} and w.event_id = ${eventId} and w.status = 'going' and w.place = 'waitlisted'
      and (w.answered_at, w.id) <= (mine.answered_at, mine.id)`.execute(db)
  return rows[0]?.position ?? null
}

/** How many of an event's answers are, or become, records; and how many are there. */
export async function countSyncedAnswers(db: Db, eventId: number): Promise<{ synced: number; total: number }> {
  const { rows } = await sql<{ synced: number; total: number }>`
    select count(*) filter (where d.cid is not null and o.uri is null)::int4 as synced, count(*)::int4 as total
    from rsvps r left join records d on d.uri = r.uri left join outbox o on o.uri = r.uri
    where r.event_id = ${eventId}`.execute(db)
  return rows[0] ?? { synced: 0, total: 0 }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}

/** to_jsonb gives times as text. */
function withDates(person: Selectable<Accounts>): Selectable<Accounts> {
  const dates = Object.entries(person).map(([key, value]) => [
    key,
    key.endsWith('_at') && typeof value === 'string' ? new Date(value) : value,
  ])
  return Object.fromEntries(dates) as Selectable<Accounts>
}
