import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { AppError } from '../../base/errors.ts'
import type { LogFields } from '../../base/log.ts'
import type { WebServices } from '../web-services.ts'
import { answerError } from './answer-error.tsx'
import { answerRoute, findViewer } from './answer-route.ts'
import { type ClientBindings, readClientAddress } from './client-address.ts'
import { toAppError } from './problem.ts'
import { type RequestLimits, createRequestLimits } from './request-limits.ts'
import { type Method, type Route, type WebRequest, methods } from './route.ts'
import { commonHeaders } from './security-headers.ts'

/** Answers requests, in process too: `env` is what the adapter knows of the connection. */
export type WebApp = { fetch(request: Request, env?: ClientBindings): Promise<Response> }

type Site = { services: WebServices; routes: readonly Route[]; limits: RequestLimits }

/** The site made of these routes and no others: what is not declared is not there. Throws where two have one address. */
export function createWebApp(services: WebServices, routes: readonly Route[]): WebApp {
  assertDistinct(routes)
  const site = { services, routes: [...routes], limits: createRequestLimits() }
  const app = new Hono<{ Bindings: ClientBindings }>()
  for (const route of routes)
    app.on(route.method, route.path, (http) =>
      answer(site, http, route, (request) => answerRoute(request, route, site.limits)),
    )
  const findMethods = (path: string) => methods.filter((method) => app.router.match(method, path)[0].length > 0)
  app.notFound((http) => answer(site, http, undefined, (request) => answerUnknown(site, request, findMethods)))
  app.onError((error) => {
    services.log.error('a request failed before it was understood', { error })
    return new Response('Something went wrong on our side.\n', { status: 500 })
  })
  return { fetch: async (request, env) => app.fetch(request, env ?? {}) }
}

function assertDistinct(routes: readonly Route[]): void {
  const seen = new Set<string>()
  for (const { method, path } of routes) {
    const address = `${method} ${path}`
    if (seen.has(address)) throw new Error(`Two routes are declared for ${address}`)
    seen.add(address)
  }
}

async function answer(
  site: Site,
  http: Context,
  route: Route | undefined,
  handle: (request: WebRequest) => Promise<Response>,
): Promise<Response> {
  const startedAt = performance.now()
  const request = openRequest(site, http)
  const kind = route?.kind ?? kindOfUnknown(request)
  const response = await handle(request).catch((error: unknown) => {
    if (!toAppError(error)) request.log.error('a request failed', { ...addressOf(request, route), error })
    return answerError(request, kind, error)
  })
  for (const [name, value] of Object.entries(commonHeaders(site.services.config.publicUrl)))
    if (!response.headers.has(name)) response.headers.set(name, value)
  const isKept = response.headers.has('cache-control')
  if (!isKept && (kind === 'api' || response.status >= 400)) response.headers.set('cache-control', 'no-store')
  response.headers.set('x-request-id', request.requestId)
  note(request, route, response.status, performance.now() - startedAt)
  return response
}

function openRequest({ services, routes }: Site, http: Context): WebRequest {
  const requestId = randomBytes(8).toString('hex')
  return {
    services,
    routes,
    http,
    url: new URL(http.req.url),
    viewer: null,
    params: http.req.param(),
    client: readClientAddress(http.req.raw.headers, http.env as ClientBindings),
    nonce: randomBytes(16).toString('base64'),
    requestId,
    receivedAt: new Date(),
    log: services.log.child({ requestId }),
  }
}

/** Names of routes, methods and statuses only: nothing a stranger writes becomes a label. */
function note(request: WebRequest, route: Route | undefined, status: number, ms: number): void {
  const method = route?.method ?? 'other'
  const labels = { route: route?.path ?? 'unknown', method, status }
  request.services.metrics.httpDuration.observe(labels, ms / 1000)
  request.log.debug('answered', {
    ...addressOf(request, route),
    status,
    ms: Math.round(ms * 10) / 10,
    account: request.viewer?.account.id,
  })
}

/** For the log, by the names of its parts: a token that is part of an address is masked by its name. */
function addressOf({ http, url, params }: WebRequest, route: Route | undefined): LogFields {
  const method = http.req.raw.method.slice(0, 20)
  return route ? { method, route: route.path, params: toLogged(params) } : { method, path: url.pathname.slice(0, 500) }
}

/** A slug begins with the event's name, which may be private; its last part is the event's alone, and says nothing. */
function toLogged({ slug, ...params }: WebRequest['params']): WebRequest['params'] {
  return slug === undefined ? params : { ...params, slug: slug.slice(slug.lastIndexOf('-') + 1) }
}

async function answerUnknown(
  { limits }: Site,
  request: WebRequest,
  findMethods: (path: string) => Method[],
): Promise<Response> {
  limits.spend(request.client, 'page')
  const found = findMethods(request.http.req.path)
  if (found.length === 0) {
    request.viewer = await findViewer(request).catch(() => null)
    throw new AppError('not-found', 'There is nothing at this address.')
  }
  const allow = found.includes('GET') ? ['HEAD', ...found] : found
  const error = new AppError('method-not-allowed', `This address takes ${allow.join(', ')}.`)
  const response = await answerError(request, kindOfUnknown(request), error)
  response.headers.set('allow', allow.join(', '))
  return response
}

function kindOfUnknown({ http, url }: WebRequest): Route['kind'] {
  if (url.pathname === '/api' || url.pathname.startsWith('/api/')) return 'api'
  return /text\/html|\*\/\*/.test(http.req.header('accept') ?? '*/*') ? 'page' : 'file'
}
