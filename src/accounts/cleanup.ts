import type { OAuth } from '../atproto/oauth.ts'
import type { Db } from '../db/database.ts'
import { cleanRateLimits } from '../db/rate-limit.ts'
import { dropLeftSessions } from './drop-left-sessions.ts'

const hour = 3600_000

/** Removes what has expired and says nothing to anybody any more. */
export async function cleanUp(db: Db, oauth: Pick<OAuth, 'disconnect'>): Promise<void> {
  const now = new Date()
  await db.deleteFrom('web_sessions').where('expires_at', '<=', now).execute()
  await db.deleteFrom('mail_codes').where('expires_at', '<=', now).execute()
  await db
    .deleteFrom('oauth_states')
    .where('created_at', '<=', new Date(now.getTime() - hour))
    .execute()
  await cleanRateLimits(db)
  await dropLeftSessions(db, oauth)
}
