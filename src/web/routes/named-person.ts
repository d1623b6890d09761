import { findAccountByHandleOrDid } from '../../accounts/account-store.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import type { Policy } from '../kernel/route.ts'

/** The person a path names. Whoever asked not to be shown is shown to themselves only. */
export const namedPerson: Policy<AccountRow> = {
  name: 'anyone',
  async admit({ services, params, viewer }) {
    const account = await findAccountByHandleOrDid(services.db, params['handleOrDid'] ?? '')
    const isShown = account && (account.unlisted_at === null || viewer?.account.id === account.id)
    if (isShown) return account
    throw new AppError('not-found', 'Nobody of this name is known here.')
  },
}
