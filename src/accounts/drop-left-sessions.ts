import { sql } from 'kysely'
import type { OAuth } from '../atproto/oauth.ts'
import type { Db } from '../db/database.ts'

/**
 * Gives back the sessions of people who have deleted their accounts, once what they ordered last is done, or can no longer
 * be done: after a week their server is not asked any more. A sign-in that has just begun to become an account is let be.
 */
export async function dropLeftSessions(db: Db, oauth: Pick<OAuth, 'disconnect'>): Promise<void> {
  const { rows } = await sql<{ did: string }>`
    select s.did from oauth_sessions s left join accounts a on a.did = s.did
    where a.claimed_at is null and s.created_at < now() - interval '10 minutes'
      and not exists (
        select from outbox o
        where o.did = s.did and o.due_at < 'infinity' and o.enqueued_at > now() - interval '7 days')`.execute(db)
  for (const { did } of rows) {
    await oauth.disconnect(did)
    await db.deleteFrom('outbox').where('did', '=', did).execute()
  }
}
