import { AppError, errorText, invalid } from '../base/errors.ts'
import { readAccountInput } from './account-input.ts'
import type { Identities, Identity } from './identity.ts'
import { IdentityError } from './identity-error.ts'

/** Where to send a person who wants to sign in: by their DID when they said who they are, else to the server they named. */
export type LocatedAccount = { kind: 'did'; identity: Identity } | { kind: 'service'; url: string }

/**
 * Finds the account a person means. A handle counts only when its DID's document claims it too.
 * Throws AppError: `invalid-input` for field `identifier` where the person can mend it, `unavailable` where only time can.
 */
export async function locateAccount(identities: Identities, text: string): Promise<LocatedAccount> {
  const input = readAccountInput(text)
  if (!input) throw wrong('Type a handle such as alice.bsky.social, a DID, or the https address of your server.')
  if (input.kind === 'service') return input
  if (input.kind === 'did') return locateDid(identities, input.did)
  const answer = await identities.resolveHandle(input.handle)
  if (answer === 'unknown')
    throw new AppError('unavailable', `${input.handle} could not be looked up just now. Try again in a moment.`)
  // Many people type the name of their server without https://.
  if (answer === 'none') return { kind: 'service', url: `https://${input.handle}` }
  const located = await locateDid(identities, answer.did)
  if (located.identity.handle !== input.handle) await assertClaimed(identities, answer.did, input.handle)
  return located
}

export function wrong(message: string): AppError {
  return invalid({ field: 'identifier', message })
}

async function locateDid(
  identities: Identities,
  did: string,
  fresh = false,
): Promise<{ kind: 'did'; identity: Identity }> {
  const identity = await identities.resolveDid(did, { fresh }).catch((error: unknown) => {
    if (error instanceof IdentityError && !error.shouldRetry()) throw wrong(`No account was found: ${error.message}.`)
    throw new AppError(
      'unavailable',
      `The account could not be looked up just now (${errorText(error)}). Try again in a moment.`,
      { cause: error },
    )
  })
  if (!identity.pdsUrl) throw wrong('This account has no server that it could sign in with.')
  return { kind: 'did', identity }
}

/** The stored identity may be older than a change of handle: look again before saying no. */
async function assertClaimed(identities: Identities, did: string, handle: string): Promise<void> {
  const { identity } = await locateDid(identities, did, true)
  if (identity.handle !== handle)
    throw wrong(`${handle} points to an account that does not use this name. Try its DID: ${did}`)
}
