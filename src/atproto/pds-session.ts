import type { OAuthSession } from '@atproto/oauth-client-node'
import { UnsealError } from '../base/seal.ts'
import { type OAuthContext, type WorkClient, createWorkClient } from './oauth-client.ts'
import { ScopeMissingError, SessionGoneError, SessionUnavailableError } from './oauth-errors.ts'
import { missingScopes, requiredScopes } from './oauth-scopes.ts'
import { StaleSessionError } from './oauth-store.ts'

/** Acts for one person on their PDS. For one unit of work: get it, use it, drop it. */
export type PdsSession = {
  did: string
  pdsUrl: string
  /**
   * A request to the person's PDS, `path` as in `/xrpc/com.atproto.repo.putRecord`. Resolves with whatever the PDS
   * answers; throws SessionGoneError, SessionUnavailableError, or the network's own error.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export type PdsSessionOptions = {
  scopes?: readonly string[]
  /** Renews the tokens even if they are still good. */
  refresh?: boolean
}

/** Throws SessionGoneError (connect again), ScopeMissingError (grant more), SessionUnavailableError (try again later). */
export async function restorePdsSession(
  context: OAuthContext,
  did: string,
  options: PdsSessionOptions = {},
): Promise<PdsSession> {
  const work = createWorkClient(context, 'work')
  const session = await restore(work, did, options.refresh ?? false)
  const tokenSet = work.store.current()?.tokenSet
  if (!tokenSet) throw new SessionGoneError(did)
  const missing = missingScopes(tokenSet.scope, options.scopes ?? requiredScopes)
  if (missing.length > 0) throw new ScopeMissingError(did, missing)
  return { did, pdsUrl: new URL(tokenSet.aud).origin, fetch: (path, init) => send(work, session, path, init) }
}

async function restore(work: WorkClient, did: string, refresh: boolean): Promise<OAuthSession> {
  try {
    return await work.client.restore(did, refresh ? true : 'auto')
  } catch (error) {
    throw toSessionError(work, did, error)
  }
}

async function send(work: WorkClient, session: OAuthSession, path: string, init?: RequestInit): Promise<Response> {
  const response = await session.fetchHandler(path, init).catch((error: unknown) => {
    throw isOfSession(work, error) ? toSessionError(work, session.did, error) : error
  })
  const isRefused =
    response.status === 401 && (response.headers.get('www-authenticate') ?? '').includes('invalid_token')
  if (!isRefused) return response
  await response.body?.cancel()
  // The client has tried to refresh. When it did not give the session up, the refresh met a bad moment of the network.
  throw toSessionError(work, session.did, new Error('the PDS did not take the token'))
}

function isOfSession(work: WorkClient, error: unknown): boolean {
  return work.givenUp() !== undefined || error instanceof StaleSessionError || error instanceof UnsealError
}

function toSessionError(work: WorkClient, did: string, error: unknown): Error {
  const givenUp = work.givenUp()
  // Without a stored session the client's own words are about other processes and mean nothing here.
  if (givenUp) return new SessionGoneError(did, work.store.current() && givenUp.cause)
  if (error instanceof UnsealError) return new SessionGoneError(did, error)
  return new SessionUnavailableError(did, error)
}
