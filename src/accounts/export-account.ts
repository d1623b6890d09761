import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { AccountRow } from './account.ts'
import { listApiTokens } from './api-token.ts'
import { listWebSessions } from './web-session.ts'

/**
 * All this site holds of one person, for them: as JSON, in the shapes of the tables. Secrets are not of use to anybody
 * but us and are left out, as are the words of other people.
 */
export async function exportAccount(db: Db, account: AccountRow): Promise<Record<string, unknown>> {
  const { id, did } = account
  const [events, answers, records, conflicts, connection, log, handles, sessions, tokens] = await Promise.all([
    db.selectFrom('events').selectAll().where('owner_id', '=', id).orderBy('id').execute(),
    exportAnswers(db, id),
    did === null ? [] : exportRecords(db, did),
    exportConflicts(db, id),
    did === null ? undefined : exportConnection(db, did),
    db
      .selectFrom('audit_log')
      .select(['at', 'action', 'subject', 'detail'])
      .where('account_id', '=', id)
      .orderBy('id')
      .execute(),
    db.selectFrom('former_handles').select(['handle', 'left_at']).where('account_id', '=', id).execute(),
    listWebSessions(db, id),
    listApiTokens(db, id),
  ])
  return {
    exportedAt: new Date(),
    account,
    formerHandles: handles,
    connection: connection ?? null,
    events: events.map((event) => ({ ...event, search: undefined })),
    answers,
    records,
    conflicts,
    sessions,
    tokens,
    log,
  }
}

async function exportAnswers(db: Db, accountId: number): Promise<unknown[]> {
  return db
    .selectFrom('rsvps')
    .innerJoin('events', 'events.id', 'rsvps.event_id')
    .selectAll('rsvps')
    .select(['events.slug as event_slug', 'events.name as event_name'])
    .where('account_id', '=', accountId)
    .orderBy('rsvps.id')
    .execute()
}

async function exportRecords(db: Db, did: string): Promise<unknown[]> {
  return db
    .selectFrom('records')
    .select(['uri', 'cid', 'rev', 'value', 'origin', 'deleted', 'sync_status', 'created_at', 'updated_at'])
    .where('did', '=', did)
    .orderBy('uri')
    .execute()
}

async function exportConflicts(db: Db, accountId: number): Promise<unknown[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select c.* from conflicts c join events e on e.id = c.event_id where e.owner_id = ${accountId} order by c.id`.execute(
    db,
  )
  return rows
}

async function exportConnection(db: Db, did: string): Promise<unknown> {
  return db
    .selectFrom('oauth_sessions')
    .select(['did', 'scope', 'state', 'last_error', 'created_at', 'refreshed_at', 'expires_at'])
    .where('did', '=', did)
    .executeTakeFirst()
}
