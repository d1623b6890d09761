import { z } from 'zod'
import { audit } from '../../accounts/audit.ts'
import { findAccountsByDid } from '../../accounts/find-accounts.ts'
import { findLastSessionRun, startSessionRun } from '../../accounts/session-run.ts'
import { countSessionStates, findSessionState, listSessionStates } from '../../atproto/oauth-session-state.ts'
import { resetSession, tryRefreshSession, validateSession } from '../../atproto/session-manager.ts'
import { AppError } from '../../base/errors.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { admin } from '../kernel/policies.ts'
import { type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import { AdminSessionsPage } from '../pages/admin-sessions-page.tsx'
import type { AdminSessionsView } from '../view/admin-sessions-view.ts'
import { toPerson } from '../view/person-view.ts'

const pageSize = 50
const path = '/admin/sessions'
const byDid = z.object({ did: z.string().catch('') })

const showRoute = pageRoute({
  method: 'GET',
  path,
  policy: admin,
  query: z.object({ tab: z.enum(['all', 'reconnect']).catch('all'), after: z.string().optional().catch(undefined) }),
  handle: async ({ request, subject, query }) => {
    const view = await loadSessions(request, { accountId: subject.id, ...query })
    return page(request, 200, (shell) => <AdminSessionsPage shell={shell} view={view} />)
  },
})

type Wanted = Pick<AdminSessionsView, 'accountId' | 'tab'> & { after?: string | undefined }

async function loadSessions({ services: { db } }: WebRequest, wanted: Wanted): Promise<AdminSessionsView> {
  const { accountId, tab, after = '' } = wanted
  const [states, counts, run] = await Promise.all([
    listSessionStates(db, { after, limit: pageSize + 1, onlyReconnect: tab === 'reconnect' }),
    countSessionStates(db),
    findLastSessionRun(db),
  ])
  const shown = states.slice(0, pageSize)
  const people = await findAccountsByDid(
    db,
    shown.map(({ did }) => did),
  )
  const sessions = shown.map((state) => {
    const account = people.get(state.did)
    return { ...state, person: account ? toPerson(account) : null }
  })
  const nextPath =
    states.length > pageSize ? `${path}?${new URLSearchParams({ tab, after: shown.at(-1)?.did ?? '' })}` : null
  return { accountId, tab, counts, sessions, run: run ?? null, nextPath }
}

const validateRoute = pageRoute({
  method: 'POST',
  path: `${path}/validate`,
  policy: admin,
  body: byDid,
  handle: async ({ request, body }) => {
    const did = await getStoredDid(request, body.did)
    const outcome = await validateSession(request.services.oauth, did).then(
      (isValid) => (isValid ? 'session-valid' : 'session-over'),
      () => 'session-unavailable' as const,
    )
    return seeOtherWithFlash(request, path, outcome)
  },
})

const renewRoute = pageRoute({
  method: 'POST',
  path: `${path}/renew`,
  policy: admin,
  body: byDid,
  handle: async ({ request, body }) => {
    const { oauth, db } = request.services
    const { outcome } = await tryRefreshSession(oauth, db, await getStoredDid(request, body.did))
    const codes = { renewed: 'session-renewed', reconnect: 'session-over', unavailable: 'session-unavailable' } as const
    return seeOtherWithFlash(request, path, codes[outcome])
  },
})

const resetRoute = pageRoute({
  method: 'POST',
  path: `${path}/reset`,
  policy: admin,
  body: byDid,
  handle: async ({ request, subject, body }) => {
    const { oauth, db } = request.services
    const did = await getStoredDid(request, body.did)
    await resetSession(oauth, db, did)
    await audit(db, { accountId: subject.id, action: 'reset-session', subject: did })
    return seeOtherWithFlash(request, path, 'session-reset')
  },
})

const renewAllRoute = pageRoute({
  method: 'POST',
  path: `${path}/renew-all`,
  policy: admin,
  handle: async ({ request, subject }) => {
    const { db, queue } = request.services
    await startSessionRun(db, queue, subject.id)
    return seeOtherWithFlash(request, path, 'session-run-started')
  },
})

async function getStoredDid({ services }: WebRequest, did: string): Promise<string> {
  if (await findSessionState(services.db, did)) return did
  throw new AppError('not-found', 'No connection is stored for this DID.')
}

export const adminSessionPages: Route[] = [showRoute, validateRoute, renewRoute, resetRoute, renewAllRoute]
