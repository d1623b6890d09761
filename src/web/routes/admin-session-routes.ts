import { z } from 'zod'
import { audit } from '../../accounts/audit.ts'
import { findLastSessionRun, startSessionRun } from '../../accounts/session-run.ts'
import { type OAuthSessionState, findSessionState, listSessionStates } from '../../atproto/oauth-session-state.ts'
import { refreshSession, resetSession, tryRefreshSession, validateSession } from '../../atproto/session-manager.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import { admin } from '../kernel/policies.ts'
import { type Policy, type Route, apiRoute, json } from '../kernel/route.ts'
import type { WebServices } from '../web-services.ts'

const tag = 'admin'
const when = z.iso.datetime()
const maxBatch = 100
const atOnce = 4

const session = z.object({
  did: z.string(),
  state: z.enum(['connected', 'needs-reconnect']),
  scopes: z.array(z.string()),
  missingScopes: z.array(z.string()),
  connectedAt: when,
  refreshedAt: when,
  expiresAt: when.nullable(),
  lastError: z.string().nullable(),
})

const count = z.number().int()
const run = z.object({
  id: count,
  startedBy: count.nullable().describe('The account that ordered it'),
  startedAt: when,
  finishedAt: when.nullable(),
  total: count,
  renewed: count,
  reconnect: count.describe('Their people must connect again'),
  unavailable: count.describe('Their servers were away; the sessions are as they were'),
  waiting: count,
})

/** An administrator, and a session that is stored for the DID in the path. */
const adminOfSession: Policy<{ account: AccountRow; session: OAuthSessionState }> = {
  name: admin.name,
  async admit(request) {
    const account = await admin.admit(request)
    const found = await findSessionState(request.services.db, request.params['did'] ?? '')
    if (!found) throw new AppError('not-found', 'No connection is stored for this DID.')
    return { account, session: found }
  },
}

const listRoute = apiRoute({
  method: 'GET',
  path: '/api/admin/bluesky/sessions',
  policy: admin,
  summary: 'How people are connected with their servers',
  tag,
  query: z.object({ cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).default(100) }),
  answer: z.object({ items: z.array(session), cursor: z.string().optional() }),
  handle: async ({ request, query: { cursor, limit } }) => {
    const items = await listSessionStates(request.services.db, { after: cursor, limit })
    return json({ items, cursor: items.length === limit ? items.at(-1)?.did : undefined })
  },
})

const validateRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/bluesky/sessions/:did/validate',
  policy: adminOfSession,
  summary: 'Ask the person’s server whether it takes the session',
  tag,
  answer: z.object({ valid: z.boolean(), session: session.optional() }),
  handle: async ({ request: { services }, subject: { session } }) => {
    const valid = await validateSession(services.oauth, session.did)
    return json({ valid, session: await findSessionState(services.db, session.did) })
  },
})

const refreshRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/bluesky/sessions/:did/refresh',
  policy: adminOfSession,
  summary: 'Renew a session now',
  tag,
  answer: z.object({ session: session.optional() }),
  handle: async ({ request: { services }, subject }) =>
    json({ session: await refreshSession(services.oauth, services.db, subject.session.did) }),
})

const resetRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/bluesky/sessions/:did/reset',
  policy: adminOfSession,
  summary: 'Give a session back; its person is asked to connect again',
  tag,
  answer: z.object({ session: session.optional() }),
  handle: async ({ request: { services }, subject: { account, session } }) => {
    await resetSession(services.oauth, services.db, session.did)
    await audit(services.db, { accountId: account.id, action: 'reset-session', subject: session.did })
    return json({ session: await findSessionState(services.db, session.did) })
  },
})

const refreshManyRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/bluesky/sessions/refresh',
  policy: admin,
  summary: 'Renew many sessions, a few at a time',
  tag,
  body: z.object({
    dids: z
      .array(z.string())
      .min(1)
      .max(maxBatch)
      .optional()
      .describe('Renewed before the answer. Without it all are, afterwards; `run` tells how far it is.'),
  }),
  answer: z.object({
    items: z.array(z.object({ did: z.string(), refreshed: z.boolean(), error: z.string().optional() })),
    run: run.nullable(),
  }),
  handle: async ({ request: { services }, subject, body }) => {
    const items = body.dids ? await refreshAll(services, [...new Set(body.dids)]) : []
    if (!body.dids) await startSessionRun(services.db, services.queue, subject.id)
    return json({ items, run: (await findLastSessionRun(services.db)) ?? null })
  },
})

const progressRoute = apiRoute({
  method: 'GET',
  path: '/api/admin/bluesky/sessions/refresh',
  policy: admin,
  summary: 'How far the last order to renew all sessions has come',
  tag,
  answer: z.object({ run: run.nullable() }),
  handle: async ({ request: { services } }) => json({ run: (await findLastSessionRun(services.db)) ?? null }),
})

async function refreshAll(services: WebServices, dids: string[]) {
  const items = new Map<string, { did: string; refreshed: boolean; error?: string }>()
  const waiting = dids.values()
  const workers = Array.from({ length: atOnce }, async () => {
    for (const did of waiting) items.set(did, await refreshOne(services, did))
  })
  await Promise.all(workers)
  return dids.map((did) => items.get(did))
}

async function refreshOne({ oauth, db }: WebServices, did: string) {
  const { outcome, error } = await tryRefreshSession(oauth, db, did)
  return { did, refreshed: outcome === 'renewed', ...(error !== null && { error }) }
}

export const adminSessionRoutes: Route[] = [
  listRoute,
  validateRoute,
  refreshRoute,
  resetRoute,
  refreshManyRoute,
  progressRoute,
]
