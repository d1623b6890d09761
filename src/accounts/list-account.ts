import type { Db } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { audit } from './audit.ts'

/**
 * Takes a person out of this site's public pages, or shows them again; nothing is deleted. What it means is in
 * docs/decisions/0030-not-listed.md.
 */
export async function setListed(db: Db, accountId: number, isListed: boolean): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('accounts')
      .set({ unlisted_at: isListed ? null : new Date() })
      .where('id', '=', accountId)
      .where('unlisted_at', isListed ? 'is not' : 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return
    await audit(tx, { accountId, action: isListed ? 'list' : 'unlist', subject: String(accountId) })
    await notify(tx, 'live', `account:${accountId}`)
    await notify(tx, 'live', 'explore')
  })
}
