import type { AccountRow } from '../../accounts/account.ts'
import { audit } from '../../accounts/audit.ts'
import { notify } from '../../db/notify.ts'
import type { WebServices } from '../web-services.ts'

/** Ends what we may do in a person's repo. Their records stay theirs, and their account here keeps its DID. */
export async function disconnectRepo({ db, oauth }: WebServices, account: AccountRow): Promise<void> {
  if (account.did === null) return
  await oauth.disconnect(account.did)
  await audit(db, { accountId: account.id, action: 'disconnect', subject: account.did })
  await notify(db, 'live', `account:${account.id}`)
}
