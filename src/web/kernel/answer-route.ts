import { authenticate } from '../../accounts/authenticate.ts'
import { AppError } from '../../base/errors.ts'
import { assertSameOrigin } from './csrf.ts'
import { findCookie } from './cookies.ts'
import { readBody, readQuery } from './read-body.ts'
import { type RequestLimits, spendRouteLimits } from './request-limits.ts'
import type { Route, Viewer, WebRequest } from './route.ts'
import { assertStorable } from './storable-text.ts'

/** From the first look at a request to the route's own answer. Throws whatever stands in the way. */
export async function answerRoute(request: WebRequest, route: Route, limits: RequestLimits): Promise<Response> {
  const { services, http, client } = request
  limits.spend(client, route.kind)
  if (!route.isImpersonal) request.viewer = await findViewer(request)
  assertSameOrigin(http.req.raw, services.config.publicUrl, request.viewer?.via === 'token')
  const elsewhere = toPublicHost(request, route)
  if (elsewhere) return new Response(null, { status: 307, headers: { location: elsewhere } })
  await spendRouteLimits(request, route)
  assertStorable(request.params, '(path)')
  const subject = await route.policy.admit(request)
  const query = readQuery(request.url, route)
  const body = await readBody(http.req.raw, route)
  return route.handle({ request, subject, query, body })
}

/** Throws AppError where a program shows a token that is none: it must not go on as nobody without noticing. */
export async function findViewer(request: WebRequest): Promise<Viewer | null> {
  const { services, http } = request
  const authorization = http.req.header('authorization')
  const viewer = await authenticate(services.db, { sessionSecret: findCookie(request, 'openmeet'), authorization })
  if (!viewer && authorization && /^bearer /i.test(authorization))
    throw new AppError('not-signed-in', 'This token is not known here, or it has expired or was revoked.')
  return viewer
}

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** On this machine one site has several names, and cookies count for one only: pages are read at PUBLIC_URL's. */
function toPublicHost({ services, http, url }: WebRequest, { kind }: Route): string | undefined {
  const site = new URL(services.config.publicUrl)
  const isOther = url.hostname !== site.hostname && loopback.has(url.hostname) && loopback.has(site.hostname)
  return kind === 'page' && isOther && url.port === site.port && http.req.method === 'GET'
    ? `${site.origin}${url.pathname}${url.search}`
    : undefined
}
