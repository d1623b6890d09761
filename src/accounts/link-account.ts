import { AppError } from '../base/errors.ts'
import type { Db, Tx } from '../db/database.ts'
import { tryTransaction } from '../db/try-transaction.ts'
import { isUniqueViolation } from '../db/unique-violation.ts'
import { publishEventsOf } from '../events/write-event.ts'
import { resumeRepo } from '../records/outbox-store.ts'
import { publishAnswersOf } from '../rsvps/write-rsvp.ts'
import { type AccountRow, isShadow } from './account.ts'
import type { AccountServices } from './account-services.ts'
import { audit } from './audit.ts'
import { mergeShadowAccount } from './claim-account.ts'

/**
 * Gives a signed-in account the DID its person has just proved to own. What was known of the DID from the network moves
 * into the account. Throws AppError `conflict` where the DID or the account is somebody's already; then nothing changes.
 */
export async function linkDid(services: AccountServices, accountId: number, did: string): Promise<void> {
  // The network may make the DID's shadow account between our look and our write: then it is there at the second look.
  const isClaim = await tryLinkDid(services, accountId, did).catch((error: unknown) => {
    if (isUniqueViolation(error)) return tryLinkDid(services, accountId, did)
    throw error
  })
  if (isClaim) services.metrics.shadowAccountsClaimed.inc()
}

async function tryLinkDid({ db, queue }: AccountServices, accountId: number, did: string): Promise<boolean> {
  // Ingest takes the events first and their people afterwards.
  return tryTransaction(db, async (tx) => {
    const { account, other } = await lockBoth(tx, accountId, did)
    const hadShadow = await takeDid(tx, account, other, did)
    await resumeRepo(tx, did)
    await publishEventsOf(tx, { id: accountId, did })
    await publishAnswersOf(tx, { id: accountId, did })
    await queue.enqueue(tx, 'refresh-profile', { did }, { key: did })
    return hadShadow
  })
}

async function takeDid(tx: Tx, account: AccountRow, other: AccountRow | undefined, did: string): Promise<boolean> {
  if (account.did === did) return false
  if (account.did !== null)
    throw new AppError(
      'conflict',
      `This account is already connected to ${account.handle ?? account.did}. An account belongs to one person on the network.`,
    )
  if (other && !isShadow(other))
    throw new AppError(
      'conflict',
      `${other.handle ?? did} already has an account of its own here. Sign out, then sign in with it.`,
    )
  if (other) await mergeShadowAccount(tx, other, account)
  else await tx.updateTable('accounts').set({ did, profile_due_at: new Date() }).where('id', '=', account.id).execute()
  await audit(tx, { accountId: account.id, action: 'link-did', subject: did })
  return other !== undefined
}

/** In the order of their ids: two people who link at once must not wait for each other. */
async function lockBoth(
  tx: Tx,
  accountId: number,
  did: string,
): Promise<{ account: AccountRow; other: AccountRow | undefined }> {
  const rows = await tx
    .selectFrom('accounts')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', accountId), eb('did', '=', did)]))
    .orderBy('id')
    .forUpdate()
    .execute()
  const account = rows.find((row) => row.id === accountId)
  if (!account) throw new AppError('not-found', 'This account does not exist.')
  return { account, other: rows.find((row) => row.did === did && row.id !== accountId) }
}

/** Gives an account the mail address that a code has just proved. Throws AppError `conflict` where it is another account's. */
export async function linkMail(db: Db, accountId: number, email: string): Promise<void> {
  const owner = await db.selectFrom('accounts').select('id').where('email', '=', email).executeTakeFirst()
  if (owner?.id === accountId) return
  const taken = new AppError(
    'conflict',
    'This address already belongs to another account here. Sign in with it, or use another address.',
  )
  if (owner) throw taken
  await db
    .transaction()
    .execute(async (tx) => {
      await tx.updateTable('accounts').set({ email }).where('id', '=', accountId).execute()
      await audit(tx, { accountId, action: 'link-mail', subject: String(accountId) })
    })
    .catch((error: unknown) => {
      throw isUniqueViolation(error) ? taken : error
    })
}
