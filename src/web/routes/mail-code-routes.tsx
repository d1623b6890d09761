import { z } from 'zod'
import { type VerifiedMail, findMailCode, requestMailCode, verifyMailCode } from '../../accounts/mail-code.ts'
import { AppError } from '../../base/errors.ts'
import { toReturnPath } from '../../base/return-path.ts'
import { cookieHeader, findCookie } from '../kernel/cookies.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, type WebRequest, pageRoute, seeOther } from '../kernel/route.ts'
import { MailCodePage } from '../pages/sign-in-page.tsx'
import type { MailCodePageView } from '../view/sign-in-view.ts'
import { enterSite } from './enter-site.ts'
import { toFormErrors } from './form-errors.ts'
import { showSettings } from './show-settings.tsx'
import { showSignIn } from './sign-in-routes.tsx'

const text = z.string().catch('')

const requestCodeRoute = pageRoute({
  method: 'POST',
  path: '/sign-in/mail',
  policy: anyone,
  body: z.object({ return_to: text, email: text }),
  perMinute: 20,
  handle: async ({ request, body: { email, return_to } }) => {
    const returnTo = toReturnPath(return_to)
    return sendCode(request, { email, returnTo }).catch(async (error: unknown) => {
      const { status, errors } = toFormErrors(error, 'email')
      return showSignIn(request, status, { returnTo, email: email.slice(0, 300), errors })
    })
  },
})

const showCodeRoute = pageRoute({
  method: 'GET',
  path: '/sign-in/code',
  policy: anyone,
  handle: async ({ request }) => {
    const pending = await findPending(request)
    return pending ? showCode(request, 200, { email: pending.email }) : startAgain(request)
  },
})

const confirmCodeRoute = pageRoute({
  method: 'POST',
  path: '/sign-in/code',
  policy: anyone,
  body: z.object({ code: text }),
  perMinute: 30,
  handle: async ({ request, body }) => {
    const pending = await findPending(request)
    if (!pending) return startAgain(request)
    if (pending.linkAccountId !== null && pending.linkAccountId !== request.viewer?.account.id)
      throw new AppError('not-allowed', 'Another account asked for this code. Sign in with it and start again.')
    const verified = await verifyMailCode(request.services, { id: pending.id, code: body.code }).catch(
      (error: unknown) => askAgain(request, pending.email, error),
    )
    if (verified instanceof Response) return verified
    const response = await welcome(request, verified)
    response.headers.append('set-cookie', cookieHeader(request, 'openmeet-code', '', 0))
    return response
  },
})

/** Sends a code and shows where to type it. Only the browser that asked knows which one is meant. Throws AppError. */
export async function sendCode(
  request: WebRequest,
  { email, returnTo, linkAccountId }: { email: string; returnTo: string; linkAccountId?: number },
): Promise<Response> {
  const clientAddress = request.client.key
  const { id } = await requestMailCode(request.services, { email, returnTo, clientAddress, linkAccountId })
  const response = seeOther('/sign-in/code')
  response.headers.append('set-cookie', cookieHeader(request, 'openmeet-code', id, 900))
  return response
}

async function findPending(request: WebRequest) {
  const id = findCookie(request, 'openmeet-code')
  const found = id === undefined ? undefined : await findMailCode(request.services.db, id)
  return id !== undefined && found ? { id, ...found } : undefined
}

async function showCode(
  request: WebRequest,
  status: number,
  change: Pick<MailCodePageView, 'email'> & Partial<MailCodePageView>,
): Promise<Response> {
  const view = { errors: [], mailboxUrl: request.services.demo?.mailboxUrl ?? null, ...change }
  return page(request, status, (shell) => <MailCodePage shell={shell} view={view} />)
}

async function startAgain(request: WebRequest): Promise<Response> {
  const message = 'This code is no longer good, or it was asked for in another browser. Ask for a new one.'
  return showSignIn(request, 410, { errors: [{ field: 'email', message }] })
}

async function askAgain(request: WebRequest, email: string, error: unknown): Promise<Response> {
  const { status, errors } = toFormErrors(error, 'email')
  if (errors.some(({ field }) => field === 'code')) return showCode(request, status, { email, errors })
  const { viewer } = request
  if (status === 409 && viewer?.via === 'session')
    return showSettings(request, viewer, { status, errors, values: { email } })
  return showSignIn(request, status, { email, errors })
}

async function welcome(request: WebRequest, { account, isNew, isLink, returnTo }: VerifiedMail): Promise<Response> {
  if (isLink) return seeOtherWithFlash(request, returnTo, 'mail-linked')
  return enterSite(request, account, returnTo, isNew ? 'signed-up' : 'signed-in')
}

export const mailCodeRoutes: Route[] = [requestCodeRoute, showCodeRoute, confirmCodeRoute]
