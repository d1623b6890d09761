import { sql } from 'kysely'
import { toHandle } from '../atproto/did.ts'
import { forgetIdentities } from '../atproto/identity-store.ts'
import type { AccountStatus } from '../atproto/record-op.ts'
import { AppError } from '../base/errors.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Db, Tx } from '../db/database.ts'
import type { AccountRow } from './account.ts'

async function findAccountById(db: Db, id: number): Promise<AccountRow | undefined> {
  return db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function getAccount(db: Db, id: number): Promise<AccountRow> {
  const account = await findAccountById(db, id)
  if (!account) throw new AppError('not-found', 'This account does not exist.')
  return account
}

export async function findAccountByDid(db: Db, did: string): Promise<AccountRow | undefined> {
  return db.selectFrom('accounts').selectAll().where('did', '=', did).executeTakeFirst()
}

/** By the name in a profile's address: a DID, a handle, or the account's number. */
export async function findAccountByHandleOrDid(db: Db, name: string): Promise<AccountRow | undefined> {
  if (name.startsWith('did:')) return findAccountByDid(db, name)
  if (/^\d{1,15}$/.test(name)) return findAccountById(db, Number(name))
  const handle = toHandle(name)
  if (!handle) return undefined
  // Two rows may hold one handle for a moment, while it moves from one person to another: the newer reading counts.
  return db
    .selectFrom('accounts')
    .selectAll()
    .where('handle', '=', handle)
    .orderBy(sql`profile_refreshed_at desc nulls last`)
    .limit(1)
    .executeTakeFirst()
}

/** Whose this handle was before, where nobody has it now: the one who left it last. */
export async function findAccountByFormerHandle(db: Db, name: string): Promise<AccountRow | undefined> {
  const handle = toHandle(name)
  if (!handle || (await findAccountByHandleOrDid(db, handle))) return undefined
  return db
    .selectFrom('former_handles')
    .innerJoin('accounts', 'accounts.id', 'former_handles.account_id')
    .selectAll('accounts')
    .where('former_handles.handle', '=', handle)
    .orderBy('left_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * The account of each DID; shadow accounts are made for those seen for the first time. The rows stay locked against
 * deletion until the transaction ends, so a claim that merges one of them waits and then moves what was hung on it.
 */
export async function ensureShadowAccounts(
  tx: Tx,
  dids: readonly string[],
  metrics?: Pick<Metrics, 'shadowAccountsCreated'>,
): Promise<Map<string, number>> {
  const wanted = [...new Set(dids)].sort()
  const found = await lockAccounts(tx, wanted)
  for (let tries = 0; found.size < wanted.length && tries < 3; tries++) {
    const missing = wanted.filter((did) => !found.has(did))
    const made = await insertShadowAccounts(tx, missing)
    metrics?.shadowAccountsCreated.inc(made)
    // Once more: a row may have been there all the time, or have been merged into another account while we waited for it.
    for (const [did, id] of await lockAccounts(tx, missing)) found.set(did, id)
  }
  if (found.size < wanted.length) throw new Error('Accounts changed hands too often while they were looked up')
  return found
}

async function lockAccounts(tx: Tx, dids: string[]): Promise<Map<string, number>> {
  if (dids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('accounts')
    .select(['id', 'did'])
    .where('did', 'in', dids)
    .orderBy('did')
    .forKeyShare()
    .execute()
  return new Map(rows.map((row) => [row.did ?? '', row.id]))
}

async function insertShadowAccounts(tx: Tx, dids: string[]): Promise<number> {
  const rows = dids.map((did) => ({ did }))
  const made = await tx
    .insertInto('accounts')
    .values(rows)
    .onConflict((oc) => oc.column('did').doNothing())
    .returning('id')
    .execute()
  if (made.length > 0) await notifyProfilesDue(tx)
  return made.length
}

/** What the network says of a person's repo. An older message than the last one changes nothing; answers whether this one did. */
export async function setRepoStatus(tx: Tx, did: string, status: AccountStatus, time: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('accounts')
    .set({ repo_status: status, repo_status_at: time })
    .where('did', '=', did)
    .where((eb) => eb.or([eb('repo_status_at', 'is', null), eb('repo_status_at', '<=', time)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** After `#identity`: handle, PDS and profile of these people are read again soon, and before they are next relied on. */
export async function markIdentityChanged(tx: Tx, dids: readonly string[]): Promise<void> {
  if (dids.length === 0) return
  await forgetIdentities(tx, dids)
  await tx
    .updateTable('accounts')
    .set({ profile_due_at: new Date() })
    .where('did', 'in', [...dids])
    .execute()
  await notifyProfilesDue(tx)
}

export const profilesDueChannel = 'profiles_due'

async function notifyProfilesDue(tx: Tx): Promise<void> {
  await sql`select pg_notify(${profilesDueChannel}, '')`.execute(tx)
}
