import type { Db } from '../db/database.ts'
import type { OAuth } from './oauth.ts'
import { SessionGoneError } from './oauth-errors.ts'
import { type OAuthSessionState, findSessionState } from './oauth-session-state.ts'

/** A session that should work: stored, not given up, not past its end. */
export async function getActiveSession(db: Db, did: string): Promise<OAuthSessionState | null> {
  const state = await findSessionState(db, did)
  return state?.state === 'connected' ? state : null
}

/**
 * Asks the person's own PDS whether it takes the session; renews the tokens on the way when they have run out.
 * False: it is over. Throws SessionUnavailableError or the network's error where nobody could say.
 */
export async function validateSession(oauth: OAuth, did: string): Promise<boolean> {
  try {
    const session = await oauth.pdsSession(did, { scopes: ['atproto'] })
    const response = await session.fetch('/xrpc/com.atproto.server.getSession')
    await response.body?.cancel()
    return response.ok
  } catch (error) {
    if (error instanceof SessionGoneError) return false
    throw error
  }
}

/** Renews the tokens now, whatever their age. Throws as OAuth.pdsSession does. */
export async function refreshSession(oauth: OAuth, db: Db, did: string): Promise<OAuthSessionState | undefined> {
  await oauth.pdsSession(did, { refresh: true, scopes: ['atproto'] })
  return findSessionState(db, did)
}

/** Gives the session back to the PDS; the person is asked to connect again, and their writes wait until then. */
export async function resetSession(oauth: OAuth, db: Db, did: string): Promise<void> {
  await oauth.giveBack(did)
  await db
    .updateTable('oauth_sessions')
    .set({ last_error: 'An administrator has reset this connection.' })
    .where('did', '=', did)
    .execute()
}
