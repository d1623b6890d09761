import type { Db } from '../db/database.ts'
import { errorText } from '../base/errors.ts'
import { didWebHost, isDid } from './did.ts'
import { type DidDocument, claimedHandle, pdsUrlOf, readDidDocument, signingKeyOf } from './did-document.ts'
import { createGuardedFetch, createOperatorFetch } from './guarded-fetch.ts'
import { IdentityError } from './identity-error.ts'
import { type Identity, type StoredIdentity, findIdentity, storeIdentity } from './identity-store.ts'
import { type HandleAnswer, type HandleNetwork, resolveHandle } from './resolve-handle.ts'

export type { Identity } from './identity-store.ts'

export type IdentityOptions = {
  db: Db
  plcUrl: string
  /** See HandleNetwork. */
  handleResolverUrl?: string | undefined
  allowPrivateNetwork: boolean
  resolveTxt?: HandleNetwork['resolveTxt']
}

export type Identities = {
  /**
   * The identity of a DID: from the store, renewed in the background once it is a day old, read again at once after it
   * was forgotten. `fresh` reads it again in any case and fails where the directory cannot be asked. Throws IdentityError.
   */
  resolveDid(did: string, options?: { fresh?: boolean }): Promise<Identity>
  /** The DID a handle points to, now. */
  resolveHandle(handle: string): Promise<HandleAnswer>
  /** Waits for what is renewed in the background. */
  [Symbol.asyncDispose](): Promise<void>
}

const day = 24 * 3600_000
const freshFor = day
/** An identity whose handle could not be checked is looked at again soon. */
const uncertainFor = 5 * 60_000

type Context = IdentityOptions & HandleNetwork

export function openIdentities(options: IdentityOptions): Identities {
  const limits = { maxBytes: 256 * 1024, timeoutMs: 5000 }
  const context = { ...options, fetch: createGuardedFetch(options, limits), operatorFetch: createOperatorFetch(limits) }
  const running = new Map<string, Promise<Identity>>()

  function renew(did: string, known: StoredIdentity | undefined): Promise<Identity> {
    const current = running.get(did)
    if (current) return current
    const work = readIdentity(context, did, known).finally(() => running.delete(did))
    running.set(did, work)
    return work
  }

  async function renewForgotten(did: string, known: StoredIdentity): Promise<Identity> {
    try {
      const identity = await renew(did, known)
      // It may have been under way when the DID was forgotten.
      return identity.resolvedAt >= known.resolvedAt ? identity : await renew(did, known)
    } catch (error) {
      if (error instanceof IdentityError && error.shouldRetry()) return known
      throw error
    }
  }

  return {
    async resolveDid(did, { fresh = false } = {}) {
      const known = await findIdentity(options.db, did)
      if (!known || fresh) return renew(did, known)
      if (known.isForgotten) return renewForgotten(did, known)
      if (known.staleAt.getTime() < Date.now()) renew(did, known).catch(() => {})
      return known
    },
    resolveHandle: (handle) => resolveHandle(context, handle),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(running.values())
    },
  }
}

async function readIdentity(context: Context, did: string, known: StoredIdentity | undefined): Promise<Identity> {
  const resolvedAt = new Date()
  const didDoc = await fetchDidDocument(context, did)
  const handle = await verifiedHandle(context, didDoc, known)
  const identity = {
    did,
    handle: handle.name,
    pdsUrl: pdsUrlOf(didDoc) ?? null,
    signingKey: signingKeyOf(didDoc) ?? null,
    didDoc,
    resolvedAt,
  }
  await storeIdentity(
    context.db,
    identity,
    new Date(resolvedAt.getTime() + (handle.isCertain ? freshFor : uncertainFor)),
  )
  return identity
}

/** A handle counts when the document claims it and it points back. While that cannot be found out, what was known stays. */
async function verifiedHandle(
  network: HandleNetwork,
  doc: DidDocument,
  known: StoredIdentity | undefined,
): Promise<{ name: string | null; isCertain: boolean }> {
  const name = claimedHandle(doc)
  if (!name) return { name: null, isCertain: true }
  const answer = await resolveHandle(network, name)
  if (answer === 'unknown') return { name: known?.handle === name ? name : null, isCertain: false }
  return { name: answer !== 'none' && answer.did === doc.id ? name : null, isCertain: true }
}

async function fetchDidDocument(context: Context, did: string): Promise<DidDocument> {
  const url = didDocumentUrl(context, did)
  if (!url) throw new IdentityError('invalid', `${did.slice(0, 100)} is not a DID of the network (did:plc or did:web)`)
  const fetch = didWebHost(did) === undefined ? context.operatorFetch : context.fetch
  const response = await fetch(url, {
    headers: { accept: 'application/did+ld+json, application/json' },
    redirect: 'error',
  }).catch((error: unknown) => {
    throw new IdentityError('unavailable', `${url.host} could not be asked for ${did}: ${errorText(error)}`, error)
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.status === 404 || response.status === 410)
    throw new IdentityError('not-found', `${url.host} does not know ${did}`)
  if (!response.ok) throw new IdentityError('unavailable', `${url.host} answered ${response.status} for ${did}`)
  const doc = readDidDocument(body, did)
  if (!doc) throw new IdentityError('invalid', `${url.host} answered something that is not the document of ${did}`)
  return doc
}

function didDocumentUrl({ plcUrl, allowPrivateNetwork }: IdentityOptions, did: string): URL | undefined {
  if (!isDid(did)) return undefined
  const host = didWebHost(did)
  if (host === undefined) return new URL(`/${did}`, plcUrl)
  const isLocal = host.split(':')[0] === 'localhost'
  return new URL('/.well-known/did.json', `${isLocal && allowPrivateNetwork ? 'http' : 'https'}://${host}`)
}
