import {
  type AtprotoDid,
  type AtprotoDidDocument,
  type JoseKey,
  NodeOAuthClient,
  type OAuthClientOptions,
} from '@atproto/oauth-client-node'
import { createExpiringMap } from '../base/expiring-map.ts'
import type { Sealer } from '../base/seal.ts'
import type { Db } from '../db/database.ts'
import type { NamedLocks } from '../db/named-locks.ts'
import type { Fetch } from './guarded-fetch.ts'
import type { Identities } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import type { OAuthClientKind } from './oauth-client-metadata.ts'
import { type BoundSessionStore, createSessionStore, createStateStore } from './oauth-store.ts'

export type OAuthContext = {
  db: Db
  sealer: Sealer
  identities: Identities
  kind: OAuthClientKind
  keyset: JoseKey[] | undefined
  fetch: Fetch
  allowHttp: boolean
  locks: NamedLocks
  caches: ReturnType<typeof createOAuthCaches>
}

/** What the clients of one process remember of servers: nothing that matters to another process. */
export function createOAuthCaches() {
  const create = <Value>() => createExpiringMap<Value>({ ttlMs: 60_000, max: 1000 })
  return {
    dpopNonceCache: create<string>(),
    authorizationServerMetadataCache: create() as NonNullable<OAuthClientOptions['authorizationServerMetadataCache']>,
    protectedResourceMetadataCache: create() as NonNullable<OAuthClientOptions['protectedResourceMetadataCache']>,
  }
}

export type WorkClient = {
  client: NodeOAuthClient
  store: BoundSessionStore
  /** Why the client gave the session up, once it did. */
  givenUp(): { cause: unknown } | undefined
}

/** A client for one unit of work: its session store is bound to one session (see createSessionStore). Cheap to make. */
export function createWorkClient(context: OAuthContext, mode: 'work' | 'login'): WorkClient {
  const { identities, kind, keyset, fetch, allowHttp, locks, caches } = context
  const store = createSessionStore(context, mode, kind.lifetime)
  let givenUp: { cause: unknown } | undefined
  const client = new NodeOAuthClient({
    clientMetadata: kind.metadata,
    keyset,
    fetch,
    allowHttp,
    // Two refreshes at once would use one refresh token twice, and that ends the session at the PDS.
    requestLock: (name, task) => locks.run(name, task),
    ...caches,
    stateStore: createStateStore(context),
    sessionStore: store,
    identityResolver: { resolve: (input, options) => toIdentityInfo(identities, input, options?.noCache ?? false) },
    // It fires at every first sign-in too: it says nothing about the person's own session here.
    // oxlint-disable-next-line typescript/no-misused-promises -- the client waits for it, whatever its type says
    onSessionDeleted: (did, cause) => {
      givenUp = { cause }
      return store.explain(did, cause)
    },
  })
  return { client, store, givenUp: () => givenUp }
}

/** Only DIDs come here: sign-in resolves handles itself, for better words. */
async function toIdentityInfo(identities: Identities, did: string, fresh: boolean) {
  if (!did.startsWith('did:')) throw new IdentityError('invalid', `${did} is not a DID`)
  const { didDoc, handle } = await identities.resolveDid(did, { fresh })
  return { did: did as AtprotoDid, didDoc: didDoc as unknown as AtprotoDidDocument, handle: handle ?? 'handle.invalid' }
}
