import type { VNode } from 'preact'
import type { FlashCode } from '../messages.ts'
import { renderPage } from '../pages/render-page.ts'
import type { Shell } from '../view/shell.ts'
import { cookieHeader, findCookie } from './cookies.ts'
import { buildShell } from './request-shell.ts'
import { type WebRequest, seeOther } from './route.ts'
import { securityHeaders } from './security-headers.ts'

export type PageOptions = {
  /** A form of this page ends at somebody's PDS by redirect. */
  leaves?: boolean
  headers?: Record<string, string>
}

/** The answer with a page: `page(request, 200, (shell) => <EventPage shell={shell} view={view} />)`. */
export async function page(
  request: WebRequest,
  status: number,
  render: (shell: Shell) => VNode,
  options: PageOptions = {},
): Promise<Response> {
  return pageIn(request, status, render(await buildShell(request)), options)
}

/** The same with a frame that was made already. */
export function pageIn(request: WebRequest, status: number, vnode: VNode, options: PageOptions = {}): Response {
  const { allowPrivateNetwork } = request.services.config
  const leaves = options.leaves ?? false
  const response = new Response(renderPage(vnode), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-cache',
      vary: 'Cookie, Accept-Language',
      ...securityHeaders({ nonce: request.nonce, allowPrivateNetwork, leaves }),
      ...options.headers,
    },
  })
  // Shown once.
  if (findCookie(request, 'flash') !== undefined)
    response.headers.append('set-cookie', cookieHeader(request, 'flash', '', 0))
  return response
}

/** 303 to `path`, whose page says what happened. */
export function seeOtherWithFlash(request: WebRequest, path: string, code: FlashCode): Response {
  const response = seeOther(path)
  response.headers.append('set-cookie', cookieHeader(request, 'flash', code, 60))
  return response
}
