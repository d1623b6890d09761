import { z } from 'zod'
import { isShadow } from '../../accounts/account.ts'
import { findAccountByDid } from '../../accounts/account-store.ts'
import { linkDid } from '../../accounts/link-account.ts'
import { isMailEnabled } from '../../accounts/mail-code.ts'
import { type SignedIn, signInWithDid } from '../../accounts/sign-in.ts'
import { callbackPath } from '../../atproto/oauth-client-metadata.ts'
import type { FinishedSignIn, SignInStart } from '../../atproto/oauth-sign-in.ts'
import { AppError } from '../../base/errors.ts'
import { toReturnPath } from '../../base/return-path.ts'
import { notify } from '../../db/notify.ts'
import { cookieHeader, findCookie } from '../kernel/cookies.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, type WebRequest, pageRoute, seeOther } from '../kernel/route.ts'
import type { FlashCode } from '../messages.ts'
import { SignInPage } from '../pages/sign-in-page.tsx'
import { type SignInPageView, toSignInReason } from '../view/sign-in-view.ts'
import { findCarriedAnswer } from './carried-answer.ts'
import { enterSite } from './enter-site.ts'
import { toFormErrors } from './form-errors.ts'
import { showSettings } from './show-settings.tsx'

const text = z.string().catch('')
const signInQuery = z.object({ return_to: text, reason: text, identifier: text })
const signInForm = z.object({ return_to: text, identifier: text })

const showSignInRoute = pageRoute({
  method: 'GET',
  path: '/sign-in',
  policy: anyone,
  query: signInQuery,
  handle: async ({ request, query }) => {
    const returnTo = toReturnPath(query.return_to)
    const reason = toSignInReason(query.reason, returnTo)
    return showSignIn(request, 200, { returnTo, reason, identifier: query.identifier.slice(0, 300) })
  },
})

const startSignInRoute = pageRoute({
  method: 'POST',
  path: '/sign-in',
  policy: anyone,
  body: signInForm,
  perMinute: 30,
  handle: async ({ request, body }) => {
    const returnTo = toReturnPath(body.return_to)
    return leaveForSignIn(request, { input: body.identifier, returnTo }).catch(async (error: unknown) => {
      const { status, errors } = toFormErrors(error, 'identifier')
      return showSignIn(request, status, { returnTo, identifier: body.identifier.slice(0, 300), errors })
    })
  },
})

/** Where the person's own server sends them back to. */
const finishSignInRoute = pageRoute({
  method: 'GET',
  path: callbackPath,
  policy: anyone,
  perMinute: 60,
  handle: async ({ request }) => {
    const browserKey = findCookie(request, 'openmeet-sign-in')
    const { oauth } = request.services
    const finished = await oauth.finishSignIn(request.url.searchParams, browserKey).catch((error: unknown) => {
      const { status, errors } = toFormErrors(error, 'identifier')
      return showSignIn(request, status, { errors })
    })
    if (finished instanceof Response) return finished
    const response = await (finished.linkAccountId === undefined ? enter(request, finished) : link(request, finished))
    response.headers.append('set-cookie', cookieHeader(request, 'openmeet-sign-in', '', 0))
    return response
  },
})

/** 303 to the person's own server. Throws AppError. */
export async function leaveForSignIn(request: WebRequest, start: SignInStart): Promise<Response> {
  const { url, browserKey } = await request.services.oauth.startSignIn(start)
  const response = seeOther(url)
  response.headers.append('set-cookie', cookieHeader(request, 'openmeet-sign-in', browserKey, 3600))
  return response
}

export async function showSignIn(
  request: WebRequest,
  status: number,
  change: Partial<SignInPageView>,
): Promise<Response> {
  const { demo, config } = request.services
  const view = {
    returnTo: '/',
    identifier: '',
    email: '',
    errors: [],
    hasMail: isMailEnabled(config),
    demoHandles: demo?.handles ?? [],
    reason: null,
    willAnswer: findCarriedAnswer(request, change.returnTo ?? '/')?.status ?? null,
    ...change,
  }
  return page(request, status, (shell) => <SignInPage shell={shell} view={view} />, { leaves: true })
}

async function enter(request: WebRequest, finished: FinishedSignIn): Promise<Response> {
  const signedIn = await signInWithDid(request.services, finished.did)
  return enterSite(request, signedIn.account, finished.returnTo, greeting(finished, signedIn))
}

function greeting({ missingScopes }: FinishedSignIn, { isNew, isClaim }: SignedIn): FlashCode {
  if (missingScopes.length > 0) return 'scopes-missing'
  if (isClaim) return 'account-claimed'
  return isNew ? 'signed-up' : 'signed-in'
}

/** Connects the account that asked, if it is still the one that is signed in here. */
async function link(request: WebRequest, finished: FinishedSignIn): Promise<Response> {
  const { services, viewer } = request
  const { did, linkAccountId, missingScopes, returnTo } = finished
  try {
    if (!viewer || viewer.account.id !== linkAccountId)
      throw new AppError('not-allowed', 'Another account asked for this connection. Sign in with it and start again.')
    await linkDid(services, viewer.account.id, did)
  } catch (error) {
    await dropStraySession(request, did)
    const { status, errors } = toFormErrors(error, 'identifier')
    if (viewer?.via === 'session') return showSettings(request, viewer, { status, errors })
    return showSignIn(request, status, { errors })
  }
  await notify(services.db, 'live', `account:${viewer.account.id}`)
  return seeOtherWithFlash(request, returnTo, missingScopes.length > 0 ? 'scopes-missing' : 'connected')
}

/** A session that no account of ours can use is given back. */
async function dropStraySession({ services }: WebRequest, did: string): Promise<void> {
  const owner = await findAccountByDid(services.db, did)
  if (!owner || isShadow(owner)) await services.oauth.disconnect(did)
}

export const signInRoutes: Route[] = [showSignInRoute, startSignInRoute, finishSignInRoute]
