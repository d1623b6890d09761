import { z } from 'zod'
import { createApiToken, listApiTokens, revokeApiToken } from '../../accounts/api-token.ts'
import { listWebSessions, revokeWebSession, revokeWebSessions } from '../../accounts/web-session.ts'
import { AppError } from '../../base/errors.ts'
import { inBrowser, signedIn } from '../kernel/policies.ts'
import { type Route, type WebRequest, apiRoute, json } from '../kernel/route.ts'
import { forgetBrowser } from './enter-site.ts'

const tag = 'access'
const when = z.iso.datetime()
const noContent = () => new Response(null, { status: 204 })

const session = z.object({
  id: z.string(),
  isCurrent: z.boolean(),
  userAgent: z.string(),
  createdAt: when,
  lastSeenAt: when,
})

const listSessionsRoute = apiRoute({
  method: 'GET',
  path: '/api/me/sessions',
  policy: signedIn,
  summary: 'Browsers that are signed in as me',
  tag,
  answer: z.object({ items: z.array(session) }),
  handle: async ({ request, subject }) => {
    const current = currentSession(request)
    const sessions = await listWebSessions(request.services.db, subject.id)
    return json({ items: sessions.map((one) => ({ ...one, isCurrent: one.id === current })) })
  },
})

const revokeSessionRoute = apiRoute({
  method: 'DELETE',
  path: '/api/me/sessions/:id',
  policy: signedIn,
  summary: 'Sign one browser out',
  tag,
  status: 204,
  handle: async ({ request, subject }) => {
    const { db } = request.services
    const { id = '' } = request.params
    const sessions = await listWebSessions(db, subject.id)
    if (!sessions.some((one) => one.id === id)) throw new AppError('not-found', 'You have no such session.')
    await revokeWebSession(db, subject.id, id)
    return id === currentSession(request) ? forgetBrowser(request, noContent()) : noContent()
  },
})

const revokeSessionsRoute = apiRoute({
  method: 'DELETE',
  path: '/api/me/sessions',
  policy: signedIn,
  summary: 'Sign out everywhere, or everywhere else',
  tag,
  query: z.object({ keep: z.literal('current').optional().describe('Leaves the session that asks') }),
  answer: z.object({ revoked: z.number().int() }),
  handle: async ({ request, subject, query }) => {
    const kept = query.keep ? currentSession(request) : undefined
    const revoked = await revokeWebSessions(request.services.db, subject.id, kept)
    const response = json({ revoked })
    return kept === undefined && currentSession(request) ? forgetBrowser(request, response) : response
  },
})

const token = z.object({
  id: z.number().int(),
  name: z.string(),
  hint: z.string(),
  createdAt: when,
  lastUsedAt: when.nullable(),
  expiresAt: when.nullable(),
})

const listTokensRoute = apiRoute({
  method: 'GET',
  path: '/api/me/tokens',
  policy: signedIn,
  summary: 'My API tokens',
  tag,
  answer: z.object({ items: z.array(token) }),
  handle: async ({ request, subject }) => json({ items: await listApiTokens(request.services.db, subject.id) }),
})

const createTokenRoute = apiRoute({
  method: 'POST',
  path: '/api/me/tokens',
  policy: inBrowser,
  summary: 'Make an API token',
  tag,
  perMinute: 20,
  body: z.object({
    name: z.string().describe('What it is for'),
    expiresInDays: z.number().int().min(1).max(3650).nullable().default(90).describe('Null: until it is revoked'),
  }),
  status: 201,
  answer: z.object({ id: z.number().int(), token: z.string().describe('Told this once') }),
  handle: async ({ request, subject, body }) =>
    json(await createApiToken(request.services.db, subject.account.id, body), 201),
})

const revokeTokenRoute = apiRoute({
  method: 'DELETE',
  path: '/api/me/tokens/:id',
  policy: signedIn,
  summary: 'Revoke an API token',
  tag,
  status: 204,
  handle: async ({ request, subject }) => {
    const { db } = request.services
    const tokens = await listApiTokens(db, subject.id)
    const found = tokens.find((one) => String(one.id) === request.params['id'])
    if (!found) throw new AppError('not-found', 'You have no such token.')
    await revokeApiToken(db, subject.id, found.id)
    return noContent()
  },
})

function currentSession({ viewer }: WebRequest): string | undefined {
  return viewer?.via === 'session' ? viewer.sessionId : undefined
}

export const accessRoutes: Route[] = [
  listSessionsRoute,
  revokeSessionRoute,
  revokeSessionsRoute,
  listTokensRoute,
  createTokenRoute,
  revokeTokenRoute,
]
