import type { Context } from 'hono'
import type { ZodType, output } from 'zod'
import type { Authenticated } from '../../accounts/authenticate.ts'
import type { Log } from '../../base/log.ts'
import type { WebServices } from '../web-services.ts'
import type { ClientAddress } from './client-address.ts'

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof methods)[number]

/** Who asks: a person by the session cookie, or a program by an API token. */
export type Viewer = Authenticated

export type WebRequest = {
  services: WebServices
  http: Context
  url: URL
  viewer: Viewer | null
  params: Record<string, string>
  /** The client's, as far as it can be known: see readClientAddress. */
  client: ClientAddress
  /** Of this answer's Content-Security-Policy. */
  nonce: string
  requestId: string
  receivedAt: Date
  /** Its lines carry the request's id. */
  log: Log
  /** All of the site's. */
  routes: readonly Route[]
}

/** Says who may call a route, and finds what the route is about: ids in a path belong to the thing in the path. Throws AppError. */
export type Policy<Subject> = { name: string; admit: (request: WebRequest) => Promise<Subject> }

export type Call<Subject, Query, Body> = { request: WebRequest; subject: Subject; query: Query; body: Body }

/** What every route declares. `kind` decides how errors look and how the body is read: JSON, form, or not at all. */
export type Route = {
  kind: 'api' | 'page' | 'file'
  method: Method
  path: string
  policy: Policy<unknown>
  summary: string
  tag: string
  query?: ZodType
  body?: ZodType
  answer?: ZodType
  status: number
  maxBodyBytes: number
  /** Requests per minute of one client address and of one account, across all processes; undefined: only the common limits. */
  perMinute?: number
  /** The answer is the same for everybody: nobody is asked who they are, and `viewer` is null. */
  isImpersonal?: boolean
  handle: (call: Call<unknown, unknown, unknown>) => Promise<Response>
}

type RouteSpec<Subject, Query extends ZodType | undefined, Body extends ZodType | undefined> = {
  method: Method
  path: string
  policy: Policy<Subject>
  summary?: string
  tag?: string
  query?: Query
  body?: Body
  answer?: ZodType
  status?: number
  maxBodyBytes?: number
  perMinute?: number
  isImpersonal?: boolean
  handle: (
    call: Call<
      Subject,
      Query extends ZodType ? output<Query> : undefined,
      Body extends ZodType ? output<Body> : undefined
    >,
  ) => Promise<Response>
}

const kilobyte = 1024

function define(kind: Route['kind'], defaults: { maxBodyBytes: number }) {
  return <Subject, Query extends ZodType | undefined = undefined, Body extends ZodType | undefined = undefined>(
    spec: RouteSpec<Subject, Query, Body>,
  ): Route => ({
    summary: '',
    tag: '',
    status: 200,
    ...defaults,
    ...spec,
    kind,
    // The kernel hands each handle what its own schemas parsed and its own policy admitted; this is the one place that forgets the types.
    handle: spec.handle as Route['handle'],
  })
}

/** A JSON route: problem+json errors, body and query parsed by their schemas, listed in the OpenAPI document. */
export const apiRoute = define('api', { maxBodyBytes: 256 * kilobyte })
/** A route for people: HTML, forms, error pages. */
export const pageRoute = define('page', { maxBodyBytes: 512 * kilobyte })
/** Feeds, pictures, styles: no body, plain-text errors. */
export const fileRoute = define('file', { maxBodyBytes: 0 })

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })
}

/** 303: after a form was posted, look there. */
export function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { location: path } })
}
