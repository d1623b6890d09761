import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { EventRow } from '../events/event-row.ts'
import type { ListCursor, ListPage } from '../events/list-cursor.ts'
import { toListPage } from '../events/list-cursor.ts'
import { afterCursorSql, isListedSql, orderSql, phaseSql } from '../events/list-events.ts'

export type PersonEventsTab = 'hosting' | 'going' | 'drafts' | 'past'

export type PersonEventsQuery = {
  accountId: number
  tab: PersonEventsTab
  /** The person themselves, or anybody. */
  audience: 'self' | 'public'
  now: Date
  limit: number
  after?: ListCursor | undefined
}

/** What a person hosts, goes to, prepares and has been at. Undated events they host are to come. */
export async function listPersonEvents(db: Db, query: PersonEventsQuery): Promise<ListPage<EventRow>> {
  const { tab, accountId, audience, now, limit, after } = query
  const order = tab === 'past' || tab === 'drafts' ? 'latest' : 'soonest'
  const rows = await db
    .selectFrom('events as e')
    .innerJoin('accounts as a', 'a.id', 'e.owner_id')
    .selectAll('e')
    .where(tabSql(tab, { accountId, now, audience }))
    .where(afterCursorSql(order, after))
    .orderBy(orderSql(order))
    .limit(limit + 1)
    .execute()
  return toListPage(rows, limit)
}

/** How many the person themselves finds under each tab. */
export async function countPersonEvents(
  db: Db,
  accountId: number,
  now: Date,
): Promise<Record<PersonEventsTab, number>> {
  const count = (tab: PersonEventsTab) =>
    sql`count(*) filter (where ${tabSql(tab, { accountId, now, audience: 'self' })})::int4`
  const { rows } = await sql<Record<PersonEventsTab, number>>`
    select ${count('hosting')} as hosting, ${count('going')} as going, ${count('drafts')} as drafts, ${count('past')} as past
    from events e join accounts a on a.id = e.owner_id
    where e.owner_id = ${accountId} or e.id in (select r.event_id from rsvps r where r.account_id = ${accountId})`.execute(
    db,
  )
  return rows[0] ?? { hosting: 0, going: 0, drafts: 0, past: 0 }
}

type Person = Pick<PersonEventsQuery, 'accountId' | 'now' | 'audience'>

function tabSql(tab: PersonEventsTab, { accountId, now, audience }: Person): RawBuilder<boolean> {
  const hosts = audience === 'self' ? sql`e.owner_id = ${accountId}` : sql`e.owner_id = ${accountId} and ${forAnybody}`
  const goes = audience === 'self' ? goesOf(accountId) : sql`${goesOpenly(accountId)} and ${forAnybody}`
  switch (tab) {
    case 'hosting':
      return sql`${hosts} and not e.is_draft and (e.starts_at is null or ${phaseSql('on', now)})`
    case 'drafts':
      return sql`${hosts} and e.is_draft`
    case 'going':
      return sql`${goes} and (e.starts_at is null or ${phaseSql('on', now)})`
    case 'past':
      return sql`((${hosts} and not e.is_draft) or (${goes})) and ${phaseSql('past', now)}`
  }
}

/** Talks of a conference would bury the rest. */
const forAnybody = sql<boolean>`${isListedSql} and e.parent_uri is null`

function goesOpenly(accountId: number): RawBuilder<boolean> {
  return sql`e.id in (
    select r.event_id from rsvps r
    where r.account_id = ${accountId} and r.status = 'going' and r.place = 'confirmed')`
}

/** What was made private or hidden since is only its host's. */
function goesOf(accountId: number): RawBuilder<boolean> {
  return sql`e.id in (
      select r.event_id from rsvps r where r.account_id = ${accountId} and r.status in ('going', 'interested'))
    and (e.owner_id = ${accountId} or (e.visibility <> 'private' and not e.is_draft and e.hidden_reason is null))`
}
