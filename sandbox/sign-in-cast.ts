import { createApiToken, listApiTokens, revokeApiToken } from '../src/accounts/api-token.ts'
import { findAccountByDid } from '../src/accounts/account-store.ts'
import { findSessionState } from '../src/atproto/oauth-session-state.ts'
import type { Db } from '../src/db/database.ts'
import type { CastAccount } from './cast.ts'
import { approve } from './net.ts'

const tokenName = 'demo'

/** Signs somebody in at the site as a browser would, unless they are, and makes them an API token. */
export async function signInAtSite(appUrl: string, db: Db, { handle, did }: CastAccount): Promise<string> {
  const session = await findSessionState(db, did)
  if (session?.state !== 'connected') await signIn(appUrl, handle)
  const account = await findAccountByDid(db, did)
  if (!account) throw new Error(`The site does not know ${handle} after the sign-in.`)
  // Of an earlier run on the same folder: nobody can read them any more.
  const before = await listApiTokens(db, account.id)
  for (const { id, name } of before) if (name === tokenName) await revokeApiToken(db, account.id, id)
  const { token } = await createApiToken(db, account.id, { name: tokenName, expiresInDays: null })
  return token
}

/** As a browser would, whoever is signed in already. */
export async function signIn(appUrl: string, handle: string): Promise<void> {
  const body = new URLSearchParams({ identifier: handle, return_to: '/' })
  const started = await fetch(new URL('/sign-in', appUrl), { method: 'POST', body, redirect: 'manual' })
  const authorizeUrl = started.headers.get('location')
  if (!authorizeUrl) throw new Error(`The site does not send ${handle} to their PDS: ${started.status}`)
  const cookie = started.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const finished = await fetch(await approve(authorizeUrl, handle), { headers: { cookie }, redirect: 'manual' })
  if (finished.status !== 303) throw new Error(`The site does not take ${handle} back: ${finished.status}`)
}
