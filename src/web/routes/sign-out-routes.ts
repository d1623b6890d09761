import { revokeWebSession, revokeWebSessions } from '../../accounts/web-session.ts'
import { seeOtherWithFlash } from '../kernel/page.ts'
import { anyone, inBrowser } from '../kernel/policies.ts'
import { type Route, pageRoute } from '../kernel/route.ts'
import { forgetBrowser } from './enter-site.ts'

/** Whoever is signed out already is signed out. */
const signOutRoute = pageRoute({
  method: 'POST',
  path: '/sign-out',
  policy: anyone,
  handle: async ({ request }) => {
    const { viewer, services } = request
    if (viewer?.via === 'session') await revokeWebSession(services.db, viewer.account.id, viewer.sessionId)
    return forgetBrowser(request, seeOtherWithFlash(request, '/', 'signed-out'))
  },
})

const signOutEverywhereRoute = pageRoute({
  method: 'POST',
  path: '/sign-out/everywhere',
  policy: inBrowser,
  handle: async ({ request, subject }) => {
    await revokeWebSessions(request.services.db, subject.account.id)
    return forgetBrowser(request, seeOtherWithFlash(request, '/', 'signed-out-everywhere'))
  },
})

export const signOutRoutes: Route[] = [signOutRoute, signOutEverywhereRoute]
