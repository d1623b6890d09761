import { z } from 'zod'
import { createApiToken, revokeApiToken } from '../../accounts/api-token.ts'
import { revokeWebSession, revokeWebSessions } from '../../accounts/web-session.ts'
import { seeOtherWithFlash } from '../kernel/page.ts'
import { inBrowser } from '../kernel/policies.ts'
import { type Route, pageRoute } from '../kernel/route.ts'
import { disconnectRepo } from './disconnect-repo.ts'
import { toFormErrors } from './form-errors.ts'
import { sendCode } from './mail-code-routes.tsx'
import { showSettings } from './show-settings.tsx'
import { leaveForSignIn } from './sign-in-routes.tsx'

const text = z.string().catch('')
const policy = inBrowser

const showSettingsRoute = pageRoute({
  method: 'GET',
  path: '/settings',
  policy,
  handle: async ({ request, subject }) => showSettings(request, subject),
})

const connectRoute = pageRoute({
  method: 'POST',
  path: '/settings/bluesky/connect',
  policy,
  body: z.object({ identifier: text }),
  perMinute: 20,
  handle: async ({ request, subject, body }) => {
    const start = { input: body.identifier, returnTo: '/settings#connection', linkAccountId: subject.account.id }
    return leaveForSignIn(request, start).catch(async (error: unknown) =>
      showSettings(request, subject, { ...toFormErrors(error, 'identifier'), values: body }),
    )
  },
})

const disconnectRoute = pageRoute({
  method: 'POST',
  path: '/settings/bluesky/disconnect',
  policy,
  handle: async ({ request, subject }) => {
    await disconnectRepo(request.services, subject.account)
    return seeOtherWithFlash(request, '/settings#connection', 'disconnected')
  },
})

const linkMailRoute = pageRoute({
  method: 'POST',
  path: '/settings/mail',
  policy,
  body: z.object({ email: text }),
  perMinute: 20,
  handle: async ({ request, subject, body }) => {
    const start = { email: body.email, returnTo: '/settings#mail', linkAccountId: subject.account.id }
    return sendCode(request, start).catch(async (error: unknown) =>
      showSettings(request, subject, { ...toFormErrors(error, 'email'), values: body }),
    )
  },
})

const revokeSessionRoute = pageRoute({
  method: 'POST',
  path: '/settings/sessions/revoke',
  policy,
  body: z.object({ id: text }),
  handle: async ({ request, subject, body }) => {
    await revokeWebSession(request.services.db, subject.account.id, body.id)
    return seeOtherWithFlash(request, '/settings#sessions', 'session-revoked')
  },
})

const revokeOthersRoute = pageRoute({
  method: 'POST',
  path: '/settings/sessions/revoke-all',
  policy,
  handle: async ({ request, subject }) => {
    await revokeWebSessions(request.services.db, subject.account.id, subject.sessionId)
    return seeOtherWithFlash(request, '/settings#sessions', 'sessions-revoked')
  },
})

const lifetimes: Record<string, number | null> = { '30': 30, '90': 90, '365': 365, never: null }

/** Answers with the page itself, for only this answer may carry the token. */
const createTokenRoute = pageRoute({
  method: 'POST',
  path: '/settings/tokens',
  policy,
  body: z.object({ name: text, expiresInDays: z.enum(['30', '90', '365', 'never']).catch('90') }),
  perMinute: 20,
  handle: async ({ request, subject, body }) => {
    const wanted = { name: body.name, expiresInDays: lifetimes[body.expiresInDays] ?? null }
    try {
      const { token } = await createApiToken(request.services.db, subject.account.id, wanted)
      return await showSettings(request, subject, { newToken: token })
    } catch (error) {
      return showSettings(request, subject, { ...toFormErrors(error, 'name'), values: body })
    }
  },
})

const revokeTokenRoute = pageRoute({
  method: 'POST',
  path: '/settings/tokens/revoke',
  policy,
  body: z.object({ id: z.coerce.number().int().positive() }),
  handle: async ({ request, subject, body }) => {
    await revokeApiToken(request.services.db, subject.account.id, body.id)
    return seeOtherWithFlash(request, '/settings#tokens', 'token-revoked')
  },
})

export const settingsRoutes: Route[] = [
  showSettingsRoute,
  connectRoute,
  disconnectRoute,
  linkMailRoute,
  revokeSessionRoute,
  revokeOthersRoute,
  createTokenRoute,
  revokeTokenRoute,
]
