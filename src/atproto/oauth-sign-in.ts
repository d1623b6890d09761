import { AppError, errorText } from '../base/errors.ts'
import { toReturnPath } from '../base/return-path.ts'
import { hashSecret, isSameHash, newSecret } from '../base/secret-hash.ts'
import { locateAccount, wrong } from './locate-account.ts'
import { type OAuthContext, createWorkClient } from './oauth-client.ts'
import { type ExtraScope, missingScopes, requiredScopes, scopesToAsk } from './oauth-scopes.ts'
import { createStateStore, dropUnopenable } from './oauth-store.ts'

export type SignInStart = {
  /** Handle, DID or server address, as typed. */
  input: string
  /** Path on this site to come back to. */
  returnTo: string
  /** The signed-in account that the DID is to be connected with. */
  linkAccountId?: number | undefined
  /** What is wanted beyond the least, for something the person has just asked for. */
  extraScopes?: readonly ExtraScope[]
}

/** `browserKey` goes into a cookie of this browser: only who holds it can finish what was started. */
export type SignInRedirect = { url: string; browserKey: string }

export type FinishedSignIn = {
  did: string
  scope: string
  /** Of what this site cannot do without, and of what was wanted this time. */
  missingScopes: string[]
  returnTo: string
  linkAccountId: number | undefined
}

type AppState = { returnTo: string; linkAccountId?: number; browser: string; extraScopes?: ExtraScope[] }

/** Throws AppError: what is wrong with the input, or that the person's server cannot be reached. */
export async function startSignIn(context: OAuthContext, start: SignInStart): Promise<SignInRedirect> {
  const account = await locateAccount(context.identities, start.input)
  const browserKey = newSecret()
  const state: AppState = {
    returnTo: toReturnPath(start.returnTo),
    linkAccountId: start.linkAccountId,
    browser: hashSecret(browserKey).toString('base64url'),
    ...(start.extraScopes && { extraScopes: [...start.extraScopes] }),
  }
  const { client } = createWorkClient(context, 'login')
  const target = account.kind === 'did' ? account.identity.did : account.url
  const granted = account.kind === 'did' ? await findGrantedScope(context, account.identity.did) : ''
  const scope = scopesToAsk(granted, start.extraScopes ?? []).join(' ')
  const url = await client.authorize(target, { scope, state: JSON.stringify(state) }).catch((error: unknown) => {
    if (account.kind === 'service')
      throw wrong(`Neither an account nor a server that offers sign-in was found at ${new URL(account.url).host}.`)
    throw new AppError(
      'unavailable',
      `The server of this account, ${account.identity.pdsUrl}, could not start the sign-in: ${errorText(error)}`,
      { cause: error },
    )
  })
  return { url: url.href, browserKey }
}

/** Takes the parameters that the person's server sent back. The session is stored; who is signed in here is the caller's matter. Throws AppError. */
export async function finishSignIn(
  context: OAuthContext,
  params: URLSearchParams,
  browserKey: string | undefined,
): Promise<FinishedSignIn> {
  const work = createWorkClient(context, 'login')
  const state = await readState(context, params.get('state') ?? '')
  if (!state) throw new AppError('gone', 'This sign-in has already been used or is too old. Please start again.')
  // Before anything is exchanged: somebody else's half-finished sign-in must not be finished in this browser.
  if (!browserKey || !isSameHash(hashSecret(browserKey), Buffer.from(state.browser, 'base64url')))
    throw new AppError('not-allowed', 'This sign-in was started in another browser. Please start again here.')
  const { session } = await work.client.callback(params).catch((error: unknown) => {
    throw toCallbackError(params, error)
  })
  const scope = work.store.current()?.tokenSet.scope ?? ''
  return {
    did: session.did,
    scope,
    missingScopes: missingScopes(scope, [...requiredScopes, ...(state.extraScopes ?? [])]),
    returnTo: state.returnTo,
    linkAccountId: state.linkAccountId,
  }
}

async function findGrantedScope({ db }: OAuthContext, did: string): Promise<string> {
  const row = await db.selectFrom('oauth_sessions').select('scope').where('did', '=', did).executeTakeFirst()
  return row?.scope ?? ''
}

async function readState(context: OAuthContext, key: string): Promise<AppState | undefined> {
  const saved = key === '' ? undefined : await createStateStore(context).get(key)
  return saved?.appState === undefined ? undefined : (JSON.parse(saved.appState) as AppState)
}

function toCallbackError(params: URLSearchParams, error: unknown): AppError {
  if (params.get('error') === 'access_denied')
    return new AppError('not-allowed', 'You did not allow the sign-in, so nothing was changed.', { cause: error })
  return new AppError('unavailable', `The sign-in could not be finished: ${errorText(error)}. Please start again.`, {
    cause: error,
  })
}

/**
 * Gives the session back to the PDS. What the person made stays. Does not fail when the PDS is away; a session whose
 * key is gone cannot be given back, and is forgotten.
 */
export async function giveBack(context: OAuthContext, did: string): Promise<void> {
  await createWorkClient(context, 'work')
    .client.revoke(did)
    .catch(() => {})
  await dropUnopenable(context, did)
}
