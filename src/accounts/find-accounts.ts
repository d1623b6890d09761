import type { Db } from '../db/database.ts'
import type { AccountRow } from './account.ts'

/** Several accounts, by their ids. */
export async function findAccounts(db: Db, ids: readonly number[]): Promise<Map<number, AccountRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** Several accounts, by their DIDs. */
export async function findAccountsByDid(db: Db, dids: readonly string[]): Promise<Map<string, AccountRow>> {
  if (dids.length === 0) return new Map()
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('did', 'in', [...new Set(dids)])
    .execute()
  return new Map(rows.map((row) => [row.did ?? '', row]))
}
