import { findAccountByFormerHandle, findAccountByHandleOrDid } from '../../accounts/account-store.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import type { Policy, WebRequest } from '../kernel/route.ts'

/** The person a path names. Whoever asked not to be shown is shown to themselves only. */
export const namedPerson: Policy<AccountRow> = {
  name: 'anyone',
  admit: async (request) => getNamedPerson(request, 'handleOrDid'),
}

/** The same, also by a handle they had before. */
export const namedOrMovedPerson: Policy<{ account: AccountRow; isMoved: boolean }> = {
  name: 'anyone',
  async admit(request) {
    const former = await findAccountByFormerHandle(request.services.db, request.params['handleOrDid'] ?? '')
    if (former && isShown(request, former)) return { account: former, isMoved: true }
    return { account: await getNamedPerson(request, 'handleOrDid'), isMoved: false }
  },
}

/** `param`: of the path. Throws AppError. */
export async function getNamedPerson(request: WebRequest, param: string): Promise<AccountRow> {
  const account = await findAccountByHandleOrDid(request.services.db, request.params[param] ?? '')
  if (account && isShown(request, account)) return account
  throw new AppError('not-found', 'Nobody of this name is known here.')
}

function isShown({ viewer }: WebRequest, account: AccountRow): boolean {
  return account.unlisted_at === null || viewer?.account.id === account.id
}
