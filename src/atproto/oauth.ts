import { AppError } from '../base/errors.ts'
import type { Sealer } from '../base/seal.ts'
import type { Db } from '../db/database.ts'
import type { NamedLocks } from '../db/named-locks.ts'
import { createGuardedFetch } from './guarded-fetch.ts'
import type { Identities } from './identity.ts'
import { type OAuthContext, createOAuthCaches } from './oauth-client.ts'
import { addClientKey, loadClientKeys, readPublicKeys } from './oauth-client-keys.ts'
import { toClientKind } from './oauth-client-metadata.ts'
import {
  type FinishedSignIn,
  type SignInRedirect,
  type SignInStart,
  finishSignIn,
  giveBack,
  startSignIn,
} from './oauth-sign-in.ts'
import { type PdsSession, type PdsSessionOptions, restorePdsSession } from './pds-session.ts'
import { resealSessions } from './oauth-reseal.ts'
import { reviveSessions } from './oauth-store.ts'

export type OAuthOptions = {
  db: Db
  sealer: Sealer
  identities: Identities
  locks: NamedLocks
  publicUrl: string
  allowPrivateNetwork: boolean
}

export type OAuth = {
  /** See startSignIn; throws AppError. */
  startSignIn(start: SignInStart): Promise<SignInRedirect>
  /** See finishSignIn; throws AppError. */
  finishSignIn(params: URLSearchParams, browserKey: string | undefined): Promise<FinishedSignIn>
  /** Gives the session back to the PDS and forgets it; what the person made stays. Does not fail when the PDS is away. */
  disconnect(did: string): Promise<void>
  /** Gives the session back; its row stays and says that the person must connect again. */
  giveBack(did: string): Promise<void>
  /** See restorePdsSession: throws SessionGoneError, ScopeMissingError, SessionUnavailableError. */
  pdsSession(did: string, options?: PdsSessionOptions): Promise<PdsSession>
  /** JSON of `/oauth/client-metadata.json`; undefined for the loopback client, which has none. */
  clientMetadata(): object | undefined
  /** JSON of `/oauth/jwks.json`. */
  jwks(): Promise<object>
  /** Makes a new client key; the old ones stay. Used once the processes are started again. */
  addClientKey(): Promise<void>
  /** See reviveSessions. */
  reviveSessions(): Promise<string[]>
}

const maxAnswerBytes = 5 * 1024 * 1024

/** The OAuth client of this process. Where PUBLIC_URL allows no client, every sign-in says so. */
export async function openOAuth(options: OAuthOptions): Promise<OAuth> {
  const { db, sealer, publicUrl, allowPrivateNetwork } = options
  const kind = toClientKind(publicUrl)
  await resealSessions(db, sealer)
  const keyset = kind?.isConfidential ? await loadClientKeys(db, sealer) : undefined
  const shared = {
    ...options,
    keyset,
    allowHttp: allowPrivateNetwork,
    fetch: createGuardedFetch(options, { maxBytes: maxAnswerBytes, timeoutMs: 15_000 }),
    caches: createOAuthCaches(),
  }

  function getContext(): OAuthContext {
    if (kind) return { ...shared, kind }
    throw new AppError(
      'unavailable',
      `Signing in with a Bluesky handle needs this site to be on https, or on http://127.0.0.1. It is on ${publicUrl}.`,
    )
  }

  return {
    startSignIn: async (start) => startSignIn(getContext(), start),
    finishSignIn: async (params, browserKey) => finishSignIn(getContext(), params, browserKey),
    giveBack: async (did) => giveBack(getContext(), did),
    async disconnect(did) {
      if (kind) await giveBack(getContext(), did)
      await db.deleteFrom('oauth_sessions').where('did', '=', did).where('sealed', 'is', null).execute()
    },
    pdsSession: async (did, sessionOptions) => restorePdsSession(getContext(), did, sessionOptions),
    clientMetadata: () => (kind?.isConfidential ? kind.metadata : undefined),
    jwks: async () => (kind?.isConfidential ? readPublicKeys(db, sealer) : { keys: [] }),
    addClientKey: async () => void (await addClientKey(db, sealer)),
    reviveSessions: () => reviveSessions({ db, sealer }),
  }
}
