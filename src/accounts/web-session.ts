import { hashSecret, newSecret } from '../base/secret-hash.ts'
import type { Db } from '../db/database.ts'
import type { AccountRow } from './account.ts'

const day = 24 * 3600_000
const lifetime = 30 * day
/** How often a session that is in use is written to: sliding must not cost a write per request. */
const slideEvery = 3600_000

/** `id` names a session in lists; it is of no use for signing in. */
export type WebSession = { id: string; userAgent: string; createdAt: Date; lastSeenAt: Date }

/** `secret` goes into the cookie and is stored nowhere. */
export async function openWebSession(
  db: Db,
  accountId: number,
  userAgent: string,
): Promise<{ secret: string; expiresAt: Date }> {
  const secret = newSecret()
  const expiresAt = new Date(Date.now() + lifetime)
  const row = {
    id_hash: hashSecret(secret),
    account_id: accountId,
    user_agent: userAgent.slice(0, 300),
    expires_at: expiresAt,
  }
  await db.insertInto('web_sessions').values(row).execute()
  return { secret, expiresAt }
}

/** Whose session it is, if it still runs; a session in use runs on for 30 days. */
export async function findSessionAccount(
  db: Db,
  secret: string,
): Promise<{ account: AccountRow; sessionId: string } | undefined> {
  const idHash = hashSecret(secret)
  const row = await db
    .selectFrom('web_sessions')
    .innerJoin('accounts', 'accounts.id', 'web_sessions.account_id')
    .selectAll('accounts')
    .select('last_seen_at')
    .where('id_hash', '=', idHash)
    .where('expires_at', '>', new Date())
    .executeTakeFirst()
  if (!row) return undefined
  const { last_seen_at, ...account } = row
  if (Date.now() - last_seen_at.getTime() > slideEvery) await slide(db, idHash)
  return { account, sessionId: idHash.toString('hex') }
}

async function slide(db: Db, idHash: Buffer): Promise<void> {
  const now = Date.now()
  await db
    .updateTable('web_sessions')
    .set({ last_seen_at: new Date(now), expires_at: new Date(now + lifetime) })
    .where('id_hash', '=', idHash)
    .execute()
}

/** Newest first. */
export async function listWebSessions(db: Db, accountId: number): Promise<WebSession[]> {
  const rows = await db
    .selectFrom('web_sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('expires_at', '>', new Date())
    .orderBy('last_seen_at', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id_hash.toString('hex'),
    userAgent: row.user_agent,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  }))
}

/** Signs one session of this account out. */
export async function revokeWebSession(db: Db, accountId: number, id: string): Promise<void> {
  await db
    .deleteFrom('web_sessions')
    .where('account_id', '=', accountId)
    .where('id_hash', '=', Buffer.from(id, 'hex'))
    .execute()
}

/** Signs out everywhere, or everywhere else where `exceptId` is kept. Answers how many. */
export async function revokeWebSessions(db: Db, accountId: number, exceptId?: string): Promise<number> {
  let query = db.deleteFrom('web_sessions').where('account_id', '=', accountId)
  if (exceptId !== undefined) query = query.where('id_hash', '!=', Buffer.from(exceptId, 'hex'))
  return Number((await query.executeTakeFirst()).numDeletedRows)
}
