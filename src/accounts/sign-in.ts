import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import { resumeRepo } from '../records/outbox-store.ts'
import type { AccountRow } from './account.ts'
import type { AccountServices } from './account-services.ts'
import { getAccount } from './account-store.ts'
import { applyAdmins } from './admin.ts'
import { audit } from './audit.ts'

export type SignedIn = {
  account: AccountRow
  isNew: boolean
  /** The person was known from the network: their events and answers are here already. */
  isClaim: boolean
}

/**
 * The account of a person who has just proved to own a DID. Their shadow account becomes theirs as it is; whatever
 * waited for their session is written again. Nothing a PDS says of mail addresses is looked at.
 */
export async function signInWithDid({ db, queue, metrics, config }: AccountServices, did: string): Promise<SignedIn> {
  const { id, outcome } = await db.transaction().execute(async (tx) => {
    const claimed = await claim(tx, did)
    if (claimed.outcome === 'claim') await audit(tx, { accountId: claimed.id, action: 'claim', subject: did })
    await resumeRepo(tx, did)
    await queue.enqueue(tx, 'refresh-profile', { did }, { key: did })
    return claimed
  })
  await applyAdmins(db, config.admins)
  if (outcome === 'claim') metrics.shadowAccountsClaimed.inc()
  return { account: await getAccount(db, id), isNew: outcome === 'new', isClaim: outcome === 'claim' }
}

async function claim(tx: Tx, did: string): Promise<{ id: number; outcome: 'new' | 'claim' | 'known' }> {
  const made = await tx
    .insertInto('accounts')
    .values({ did, claimed_at: new Date() })
    .onConflict((oc) => oc.column('did').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (made) return { id: made.id, outcome: 'new' }
  const claimed = await tx
    .updateTable('accounts')
    .set({ claimed_at: sql`now()`, profile_due_at: sql`now()` })
    .where('did', '=', did)
    .where('claimed_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (claimed) return { id: claimed.id, outcome: 'claim' }
  const { id } = await tx.selectFrom('accounts').select('id').where('did', '=', did).executeTakeFirstOrThrow()
  return { id, outcome: 'known' }
}
