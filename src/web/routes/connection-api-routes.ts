import { z } from 'zod'
import { findMailCode, requestMailCode, verifyMailCode } from '../../accounts/mail-code.ts'
import { toReturnPath } from '../../base/return-path.ts'
import { AppError } from '../../base/errors.ts'
import { inBrowser } from '../kernel/policies.ts'
import { cookieHeader } from '../kernel/cookies.ts'
import { type Route, apiRoute, json } from '../kernel/route.ts'
import { disconnectRepo } from './disconnect-repo.ts'

const tag = 'access'
// Ways into the account: a token that leaked must not make itself another one.
const policy = inBrowser

const connectRoute = apiRoute({
  method: 'POST',
  path: '/api/me/bluesky',
  policy,
  summary: 'Start connecting my repo',
  tag,
  perMinute: 20,
  body: z.object({
    identifier: z.string().describe('Handle, DID or server'),
    returnTo: z.string().optional().describe('Path on this site to come back to'),
  }),
  answer: z.object({ url: z.string().describe('Open it in this browser') }),
  handle: async ({ request, subject, body }) => {
    const returnTo = toReturnPath(body.returnTo ?? '/settings#connection')
    const start = { input: body.identifier, returnTo, linkAccountId: subject.account.id }
    const { url, browserKey } = await request.services.oauth.startSignIn(start)
    return json({ url }, 200, { 'set-cookie': cookieHeader(request, 'openmeet-sign-in', browserKey, 3600) })
  },
})

const disconnectRoute = apiRoute({
  method: 'DELETE',
  path: '/api/me/bluesky',
  policy,
  summary: 'Disconnect my repo',
  tag,
  status: 204,
  handle: async ({ request, subject }) => {
    await disconnectRepo(request.services, subject.account)
    return new Response(null, { status: 204 })
  },
})

const sendCodeRoute = apiRoute({
  method: 'POST',
  path: '/api/me/mail',
  policy,
  summary: 'Send a code to a mail address that is to be mine',
  tag,
  perMinute: 20,
  body: z.object({ email: z.string() }),
  status: 202,
  answer: z.object({ id: z.string().describe('Send it back with the code'), expiresAt: z.iso.datetime() }),
  handle: async ({ request, subject, body }) => {
    const clientAddress = request.client.key
    const linkAccountId = subject.account.id
    const start = { email: body.email, returnTo: '/settings', clientAddress, linkAccountId }
    return json(await requestMailCode(request.services, start), 202)
  },
})

const confirmCodeRoute = apiRoute({
  method: 'POST',
  path: '/api/me/mail/confirm',
  policy,
  summary: 'Link the mail address a code was sent to',
  tag,
  perMinute: 30,
  body: z.object({ id: z.string(), code: z.string() }),
  answer: z.object({ email: z.string() }),
  handle: async ({ request, subject, body }) => {
    const pending = await findMailCode(request.services.db, body.id)
    if (pending?.linkAccountId !== subject.account.id)
      throw new AppError('gone', 'This code is no longer good. Ask for a new one.')
    await verifyMailCode(request.services, body)
    return json({ email: pending.email })
  },
})

export const connectionRoutes: Route[] = [connectRoute, disconnectRoute, sendCodeRoute, confirmCodeRoute]
