import type { Selectable } from 'kysely'
import type { Accounts } from '../db/schema.ts'

/** A person here: by their DID, their mail address, or both. */
export type AccountRow = Selectable<Accounts>

/** Made for a repo that was seen on the network; nobody has signed in as its person yet. */
export function isShadow(account: Pick<AccountRow, 'claimed_at'>): boolean {
  return account.claimed_at === null
}
