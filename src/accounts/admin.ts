import { AppError } from '../base/errors.ts'
import type { Db } from '../db/database.ts'
import type { AccountRow } from './account.ts'
import { audit } from './audit.ts'

/** Makes the account of a DID or mail address an administrator. Throws AppError where there is none. */
export async function grantAdmin(db: Db, didOrEmail: string): Promise<AccountRow> {
  const account = await nameAdmins(db, [didOrEmail]).returningAll().executeTakeFirst()
  if (!account)
    throw new AppError(
      'not-found',
      `Nobody has signed in here as ${didOrEmail} yet. Put it into ADMINS: the rights come with the first sign-in.`,
    )
  await audit(db, { accountId: null, action: 'grant-admin', subject: String(account.id) })
  return account
}

/** Takes the rights away again. Throws AppError where nobody of this name has them, or where ADMINS would give them back. */
export async function revokeAdmin(db: Db, didOrEmail: string, admins: readonly string[]): Promise<AccountRow> {
  const account = await db
    .updateTable('accounts')
    .set({ is_admin: false })
    .where('is_admin', '=', true)
    .where((eb) => eb.or([eb('did', '=', didOrEmail), eb('email', '=', didOrEmail.toLowerCase())]))
    .returningAll()
    .executeTakeFirst()
  if (!account) throw new AppError('not-found', `${didOrEmail} is no administrator here.`)
  await audit(db, { accountId: null, action: 'revoke-admin', subject: String(account.id) })
  const { did, email } = account
  if (admins.some((name) => name === did || name.toLowerCase() === email))
    throw new AppError(
      'conflict',
      `${didOrEmail} has lost the rights, but ADMINS names them: take them out of it, or the next start gives the rights back.`,
    )
  return account
}

/** At the start and at each sign-in: whoever ADMINS names is an administrator. Taking somebody out of it takes nothing away. */
export async function applyAdmins(db: Db, admins: readonly string[]): Promise<void> {
  if (admins.length > 0) await nameAdmins(db, admins).where('is_admin', '=', false).execute()
}

/** Only accounts that have signed in: a stranger's repo seen on the network holds no rights here. */
function nameAdmins(db: Db, names: readonly string[]) {
  const emails = names.map((name) => name.toLowerCase())
  return db
    .updateTable('accounts')
    .set({ is_admin: true })
    .where('claimed_at', 'is not', null)
    .where((eb) => eb.or([eb('did', 'in', [...names]), eb('email', 'in', emails)]))
}
