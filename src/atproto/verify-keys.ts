import { setTimeout as wait } from 'node:timers/promises'
import type { Identities, Identity } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import type { SignedCommit } from './signed-commit.ts'
import type { Refusal } from './verify-reason.ts'
import { isSignedBy, readSigningKey } from './verify-signature.ts'

/** `unknown`: nobody could say which key is the repo's, which says nothing against the commit. */
type SignatureAnswer = 'valid' | 'unknown' | Refusal

export type SignatureCheck = (commit: Pick<SignedCommit, 'did' | 'unsigned' | 'signature'>) => Promise<SignatureAnswer>

export type KeyPatience = {
  /** A directory that takes longer is not waited for. */
  waitMs: number
  /** A key that was read within this time is not read again because a signature does not fit it. */
  freshMs: number
}

const patience: KeyPatience = { waitMs: 3_000, freshMs: 10_000 }

/**
 * Checks signatures with the keys of the identity store. One that does not fit may be made with a key that was changed:
 * the key is read again, once, however many commits are waiting for it.
 */
export function createSignatureCheck(
  identities: Pick<Identities, 'resolveDid'>,
  { waitMs, freshMs }: KeyPatience = patience,
): SignatureCheck {
  return async (commit) => {
    const known = await resolve(identities, commit.did, { waitMs })
    if (isRefusal(known) || known === 'unknown') return known
    if (isValid(known, commit)) return 'valid'
    if (known.resolvedAt.getTime() > Date.now() - freshMs) return refuse(known)
    const fresh = await resolve(identities, commit.did, { waitMs, fresh: true })
    if (isRefusal(fresh)) return fresh
    // It is not believed, but neither was the new key there to say so: the repo is read anew, which heals both.
    if (fresh === 'unknown') return refuse(known)
    return isValid(fresh, commit) ? 'valid' : refuse(fresh)
  }
}

async function resolve(
  identities: Pick<Identities, 'resolveDid'>,
  did: string,
  { waitMs, fresh = false }: { waitMs: number; fresh?: boolean },
): Promise<Identity | Refusal | 'unknown'> {
  const late = new AbortController()
  const asking = identities.resolveDid(did, { fresh })
  const timeout = wait(waitMs, 'unknown' as const, { signal: late.signal }).catch(() => 'unknown' as const)
  try {
    return await Promise.race([asking, timeout])
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error
    return error.shouldRetry() ? 'unknown' : { reason: 'key-missing', error: error.message }
  } finally {
    late.abort()
    asking.catch(() => {})
  }
}

function isRefusal(value: object | string): value is Refusal {
  return typeof value === 'object' && 'reason' in value
}

function isValid({ signingKey }: Identity, { unsigned, signature }: Pick<SignedCommit, 'unsigned' | 'signature'>) {
  const key = signingKey === null ? undefined : readSigningKey(signingKey)
  return key !== undefined && isSignedBy(key, unsigned, signature)
}

function refuse({ did, signingKey }: Identity): Refusal {
  return signingKey === null || !readSigningKey(signingKey)
    ? { reason: 'key-missing', error: `${did} names no key that signs repos` }
    : { reason: 'signature-invalid', error: 'the commit is not signed with the key of its repo' }
}
