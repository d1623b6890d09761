import { errorText } from '../base/errors.ts'
import type { Db } from '../db/database.ts'
import type { OAuth } from './oauth.ts'
import { ScopeMissingError, SessionGoneError } from './oauth-errors.ts'
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

/** Renews the sessions whose time has come, a few at a time, so that none ends for want of use. Stops when `signal` says so. */
export async function renewDueSessions(
  oauth: OAuth,
  db: Db,
  signal: AbortSignal,
  { concurrency = 4, limit = 200 } = {},
): Promise<RenewTally> {
  const rows = await db
    .selectFrom('oauth_sessions')
    .select('did')
    .where('state', '=', 'active')
    .where('refresh_due_at', '<=', new Date())
    .orderBy('refresh_due_at')
    .limit(limit)
    .execute()
  const tally: RenewTally = { renewed: [], reconnect: [], unavailable: [] }
  const waiting = rows.values()
  const workers = Array.from({ length: concurrency }, async () => {
    for (const { did } of waiting) {
      if (signal.aborted) return
      const { outcome } = await tryRefreshSession(oauth, db, did)
      tally[outcome].push(did)
      if (outcome === 'unavailable') await postponeRenewal(db, did)
    }
  })
  await Promise.all(workers)
  return tally
}

export type RenewOutcome = 'renewed' | 'reconnect' | 'unavailable'
export type RenewTally = Record<RenewOutcome, string[]>

/** Renews one session and says what came of it: its person must connect again, or nobody could be asked. */
export async function tryRefreshSession(
  oauth: OAuth,
  db: Db,
  did: string,
): Promise<{ outcome: RenewOutcome; error: string | null }> {
  try {
    await refreshSession(oauth, db, did)
    return { outcome: 'renewed', error: null }
  } catch (error) {
    const isGone = error instanceof SessionGoneError || error instanceof ScopeMissingError
    return { outcome: isGone ? 'reconnect' : 'unavailable', error: errorText(error) }
  }
}

const hour = 3600_000

/** A server that is away is asked again in about an hour: there are weeks left. */
async function postponeRenewal(db: Db, did: string): Promise<void> {
  const dueAt = new Date(Date.now() + hour * (0.5 + Math.random()))
  await db.updateTable('oauth_sessions').set({ refresh_due_at: dueAt }).where('did', '=', did).execute()
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
