import type { Db } from '../db/database.ts'
import type { AccountRow } from './account.ts'
import { findTokenAccount } from './api-token.ts'
import { findSessionAccount } from './web-session.ts'

/** Who asks. `sessionId` names the web session in listWebSessions. */
export type Authenticated =
  | { account: AccountRow; via: 'session'; sessionId: string }
  | { account: AccountRow; via: 'token' }

export type Credentials = {
  /** Of the session cookie. */
  sessionSecret?: string | undefined
  /** The `Authorization` header. */
  authorization?: string | undefined
}

/** A bearer token counts before the cookie, and a wrong one is nobody: a program must not act as whoever is signed in beside it. */
export async function authenticate(
  db: Db,
  { sessionSecret, authorization }: Credentials,
): Promise<Authenticated | null> {
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+)$/i.exec(authorization.trim())
  if (bearer?.[1] !== undefined) {
    const account = await findTokenAccount(db, bearer[1])
    return account ? { account, via: 'token' } : null
  }
  const session = sessionSecret ? await findSessionAccount(db, sessionSecret) : undefined
  return session ? { ...session, via: 'session' } : null
}
