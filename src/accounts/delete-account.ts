import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import { tryTransaction } from '../db/try-transaction.ts'
import { notify } from '../db/notify.ts'
import { lockEvent } from '../events/event-store.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import { promoteWaitlist } from '../rsvps/rsvp-place.ts'
import type { AccountRow } from './account.ts'
import { audit } from './audit.ts'

/** What becomes of the records that were written from here: they are in the person's own repo. */
export type RecordsChoice = 'keep' | 'delete'

/**
 * Deletes all that is of this account here, in one transaction. Of somebody with a DID a row stays that holds nothing but
 * the DID: the network goes on telling of their repo, and the row says that they are not to be shown. With `delete` their
 * records are ordered to be deleted; their session is given back when that is done (see dropLeftSessions).
 */
export async function deleteAccount(db: Db, accountId: number, records: RecordsChoice): Promise<void> {
  await tryTransaction(db, async (tx) => {
    const account = await tx
      .selectFrom('accounts')
      .selectAll()
      .where('id', '=', accountId)
      .forUpdate()
      .executeTakeFirst()
    if (!account) return
    await removeAnswers(tx, accountId)
    await removeEvents(tx, accountId)
    await orderRecords(tx, account, records)
    await removeAccess(tx, account)
    await removePerson(tx, account)
    await audit(tx, {
      accountId: null,
      action: 'delete-account',
      subject: account.did ?? String(accountId),
      detail: { records },
    })
  })
}

/** A place that is free again goes to whoever waits. */
async function removeAnswers(tx: Tx, accountId: number): Promise<void> {
  const answers = await tx
    .selectFrom('rsvps')
    .select(['id', 'event_id'])
    .where('account_id', '=', accountId)
    .orderBy('event_id')
    .execute()
  for (const { id, event_id } of answers) {
    const event = await lockEvent(tx, event_id)
    await tx.deleteFrom('rsvps').where('id', '=', id).execute()
    await promoteWaitlist(tx, event)
    await notify(tx, 'live', `event:${event_id}`)
  }
}

async function removeEvents(tx: Tx, accountId: number): Promise<void> {
  const events = await tx.deleteFrom('events').where('owner_id', '=', accountId).returning('id').execute()
  for (const { id } of events) await notify(tx, 'live', `event:${id}`)
  await notify(tx, 'live', 'explore')
  await tx.deleteFrom('blobs').where('account_id', '=', accountId).execute()
}

async function orderRecords(tx: Tx, { did }: AccountRow, choice: RecordsChoice): Promise<void> {
  if (did === null) return
  // Edits that wait are of what was just deleted.
  await tx.deleteFrom('outbox').where('did', '=', did).execute()
  if (choice === 'keep') return
  const written = await tx
    .selectFrom('records')
    .select('uri')
    .where('did', '=', did)
    .where('origin', '=', 'here')
    .where('deleted', '=', false)
    .orderBy('uri')
    .execute()
  for (const { uri } of written) await enqueueWrite(tx, { uri, did, action: 'delete' })
}

async function removeAccess(tx: Tx, { id, email }: AccountRow): Promise<void> {
  await tx.deleteFrom('web_sessions').where('account_id', '=', id).execute()
  await tx.deleteFrom('api_tokens').where('account_id', '=', id).execute()
  await tx.deleteFrom('mail_codes').where('link_account_id', '=', id).execute()
  if (email !== null) await tx.deleteFrom('mail_codes').where('email', '=', email).execute()
}

async function removePerson(tx: Tx, { id, did }: AccountRow): Promise<void> {
  if (did === null) {
    await tx.deleteFrom('accounts').where('id', '=', id).execute()
    return
  }
  await tx.deleteFrom('former_handles').where('account_id', '=', id).execute()
  await sql`
    update accounts set email = null, handle = null, pds_url = null, display_name = '', bio = '', avatar_cid = null,
      banner_cid = null, followers_count = null, following_count = null, is_admin = false, preferences = '{}',
      claimed_at = null, unlisted_at = now(), profile_refreshed_at = null, profile_due_at = null
    where id = ${id}`.execute(tx)
}
