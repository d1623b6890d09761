import { findSessionState } from '../../atproto/oauth-session-state.ts'
import { getCookie } from 'hono/cookie'
import { flashOf } from '../messages.ts'
import { toPerson } from '../view/person-view.ts'
import { type Shell, type ViewerView, toLocale, toZone } from '../view/shell.ts'
import { findCookie } from './cookies.ts'
import type { Viewer, WebRequest } from './route.ts'

/** The frame of the page that answers this request. */
export async function buildShell(request: WebRequest): Promise<Shell> {
  return { ...buildPlainShell(request), viewer: request.viewer && (await toViewerView(request, request.viewer)) }
}

/** As it looks to nobody; needs no database. */
export function buildPlainShell(request: WebRequest): Shell {
  const { services, http, url, nonce } = request
  return {
    path: `${url.pathname}${url.search}`,
    publicUrl: services.config.publicUrl,
    nonce,
    assets: services.assets.urls,
    viewer: null,
    now: request.receivedAt,
    zone: toZone(getCookie(http, 'tz')),
    locale: toLocale(http.req.header('accept-language')),
    flash: flashOf(findCookie(request, 'flash')),
    isDemo: services.demo !== undefined,
  }
}

async function toViewerView({ services }: WebRequest, { account }: Viewer): Promise<ViewerView> {
  const session = account.did === null ? undefined : await findSessionState(services.db, account.did)
  return {
    ...toPerson(account),
    id: account.id,
    isAdmin: account.is_admin,
    needsReconnect: session?.state === 'needs-reconnect' ? (session.isOver ? 'ended' : 'scopes') : null,
  }
}
