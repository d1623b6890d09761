import { AppError, invalid } from '../base/errors.ts'
import { hashSecret, newSecret } from '../base/secret-hash.ts'
import type { Db } from '../db/database.ts'
import type { AccountRow } from './account.ts'

const prefix = 'om_'
const pattern = /^om_[A-Za-z0-9_-]{43}$/
const maxTokens = 50
const day = 24 * 3600_000
/** Use is noted to the minute. */
const noteEvery = 60_000

export type ApiToken = {
  id: number
  name: string
  hint: string
  createdAt: Date
  lastUsedAt: Date | null
  expiresAt: Date | null
}
export type NewApiToken = { name: string; expiresInDays: number | null }

/** `token` is told this once: only its hash is stored. Throws AppError. */
export async function createApiToken(
  db: Db,
  accountId: number,
  { name, expiresInDays }: NewApiToken,
): Promise<{ id: number; token: string }> {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > 100)
    throw invalid({
      field: 'name',
      message: 'Give it a name of up to 100 characters, such as the program that will use it.',
    })
  if ((await listApiTokens(db, accountId)).length >= maxTokens)
    throw new AppError('conflict', `You have ${maxTokens} tokens. Revoke one that you no longer use.`)
  const token = `${prefix}${newSecret()}`
  const row = {
    account_id: accountId,
    name: trimmed,
    token_hash: hashSecret(token),
    hint: `${prefix}…${token.slice(-4)}`,
    expires_at: expiresInDays === null ? null : new Date(Date.now() + expiresInDays * day),
  }
  const { id } = await db.insertInto('api_tokens').values(row).returning('id').executeTakeFirstOrThrow()
  return { id, token }
}

/** Newest first, also those that have expired. */
export async function listApiTokens(db: Db, accountId: number): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom('api_tokens')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    hint: row.hint,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  }))
}

export async function revokeApiToken(db: Db, accountId: number, id: number): Promise<void> {
  await db.deleteFrom('api_tokens').where('account_id', '=', accountId).where('id', '=', id).execute()
}

export async function findTokenAccount(db: Db, token: string): Promise<AccountRow | undefined> {
  if (!pattern.test(token)) return undefined
  const row = await db
    .selectFrom('api_tokens')
    .innerJoin('accounts', 'accounts.id', 'api_tokens.account_id')
    .selectAll('accounts')
    .select(['api_tokens.id as token_id', 'last_used_at'])
    .where('token_hash', '=', hashSecret(token))
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', new Date())]))
    .executeTakeFirst()
  if (!row) return undefined
  const { token_id, last_used_at, ...account } = row
  if (!last_used_at || Date.now() - last_used_at.getTime() > noteEvery)
    await db.updateTable('api_tokens').set({ last_used_at: new Date() }).where('id', '=', token_id).execute()
  return account
}
