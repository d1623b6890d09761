import type { AccountRow } from '../../accounts/account.ts'

/** What its person types to delete an account: a name that is theirs, so that no habit of the hand does it. */
export function deletePhrase({ handle, email }: Pick<AccountRow, 'handle' | 'email'>): string {
  return handle ?? email ?? 'delete'
}
