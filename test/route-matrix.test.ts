import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestWeb, addPerson, bearer, openBrowser, openTestWeb } from '../testkit/test-web.ts'
import type { AccountRow } from '../src/accounts/account.ts'
import type { Route } from '../src/web/kernel/route.ts'
import { eventRoutes } from '../src/web/routes/event-routes.ts'
import { siteRoutes } from '../src/web/routes/site-routes.ts'

/** All of the site. A route that is not in the table below fails the test, and so does a line without a route. */
const routes: readonly Route[] = [...siteRoutes, ...eventRoutes]

type Caller = 'nobody' | 'stranger' | 'program' | 'self' | 'admin'

/** Who is let in. `program`: the stranger by an API token. `self`: whom the path is about, by name or as the owner of its event. */
const doors = {
  anyone: ['nobody', 'stranger', 'program', 'self', 'admin'],
  signedIn: ['stranger', 'program', 'self', 'admin'],
  inBrowser: ['stranger', 'self', 'admin'],
  self: ['self'],
  admin: ['admin'],
} satisfies Record<string, Caller[]>

const table: Record<string, keyof typeof doors> = {
  'GET /sign-in': 'anyone',
  'POST /sign-in': 'anyone',
  'GET /oauth/callback': 'anyone',
  'POST /sign-in/mail': 'anyone',
  'GET /sign-in/code': 'anyone',
  'POST /sign-in/code': 'anyone',
  'POST /sign-out': 'anyone',
  'POST /sign-out/everywhere': 'inBrowser',
  'GET /settings': 'inBrowser',
  'POST /settings/bluesky/connect': 'inBrowser',
  'POST /settings/bluesky/disconnect': 'inBrowser',
  'POST /settings/mail': 'inBrowser',
  'POST /settings/sessions/revoke': 'inBrowser',
  'POST /settings/sessions/revoke-all': 'inBrowser',
  'POST /settings/tokens': 'inBrowser',
  'POST /settings/tokens/revoke': 'inBrowser',
  'POST /settings/unlist': 'inBrowser',
  'POST /settings/list': 'inBrowser',
  'GET /settings/export': 'inBrowser',
  'POST /settings/delete': 'inBrowser',
  'GET /api/me': 'signedIn',
  'GET /api/users/:handleOrDid': 'anyone',
  'POST /api/users/:id/refresh-profile': 'signedIn',
  'POST /u/:handleOrDid/refresh': 'self',
  'POST /api/auth/bluesky/claim-account': 'signedIn',
  'GET /api/me/sessions': 'signedIn',
  'DELETE /api/me/sessions': 'signedIn',
  'DELETE /api/me/sessions/:id': 'signedIn',
  'GET /api/me/tokens': 'signedIn',
  'POST /api/me/tokens': 'inBrowser',
  'DELETE /api/me/tokens/:id': 'signedIn',
  'POST /api/me/bluesky': 'inBrowser',
  'DELETE /api/me/bluesky': 'inBrowser',
  'POST /api/me/mail': 'inBrowser',
  'POST /api/me/mail/confirm': 'inBrowser',
  'GET /api/admin/bluesky/sessions': 'admin',
  'POST /api/admin/bluesky/sessions/:did/validate': 'admin',
  'POST /api/admin/bluesky/sessions/:did/refresh': 'admin',
  'POST /api/admin/bluesky/sessions/:did/reset': 'admin',
  'POST /api/admin/bluesky/sessions/refresh': 'admin',
  'GET /api/admin/bluesky/sessions/refresh': 'admin',
  'GET /admin/sessions': 'admin',
  'POST /admin/sessions/validate': 'admin',
  'POST /admin/sessions/renew': 'admin',
  'POST /admin/sessions/reset': 'admin',
  'POST /admin/sessions/renew-all': 'admin',
  'GET /admin/ingest': 'admin',
  'POST /admin/ingest/backfill': 'admin',
  'POST /admin/ingest/reconcile': 'admin',
  'POST /admin/ingest/gaps/:id/retry': 'admin',
  'GET /admin/dead-letters': 'admin',
  'GET /admin/dead-letters/:id': 'admin',
  'POST /admin/dead-letters/replay': 'admin',
  'POST /admin/dead-letters/discard': 'admin',
  'POST /admin/dead-letters/:id/replay': 'admin',
  'POST /admin/dead-letters/:id/discard': 'admin',
  'GET /api/openapi.json': 'anyone',
  'GET /api/docs': 'anyone',
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /metrics': 'admin',
  'GET /live': 'anyone',
  'GET /oauth/client-metadata.json': 'anyone',
  'GET /oauth/jwks.json': 'anyone',
  'GET /img/:did/:cid/:variant': 'anyone',
  'GET /assets/:file': 'anyone',
  'GET /favicon.svg': 'anyone',
  'GET /favicon.ico': 'anyone',
  'GET /robots.txt': 'anyone',
  'GET /manifest.webmanifest': 'anyone',
  'GET /': 'anyone',
  'GET /api/events': 'anyone',
  'POST /api/events': 'signedIn',
  'GET /api/events/:slug': 'anyone',
  'PATCH /api/events/:slug': 'self',
  'DELETE /api/events/:slug': 'self',
  'GET /events/new': 'signedIn',
  'POST /events': 'signedIn',
  'GET /events/:slug': 'anyone',
  'GET /events/:slug/edit': 'self',
  'POST /events/:slug/edit': 'self',
  'GET /events/:slug/cancel': 'self',
  'POST /events/:slug/cancel': 'self',
  'GET /events/:slug/delete': 'self',
  'POST /events/:slug/delete': 'self',
  'POST /events/:slug/publish': 'self',
  'POST /events/:slug/duplicate': 'self',
  'POST /events/:slug/sync': 'self',
  'PUT /api/events/:slug/rsvp': 'signedIn',
  'DELETE /api/events/:slug/rsvp': 'signedIn',
  'GET /api/events/:slug/rsvps': 'anyone',
  'POST /api/events/:slug/rsvps/:accountId/approve': 'self',
  'POST /api/events/:slug/rsvps/:accountId/decline': 'self',
  'POST /api/events/:slug/sync': 'self',
  'GET /events/:slug/conflicts': 'self',
  'POST /events/:slug/resolve': 'self',
  'GET /api/events/:slug/conflicts': 'self',
  'POST /api/events/:slug/resolve': 'self',
  'GET /api/users/:handleOrDid/events': 'anyone',
  'GET /api/me/events': 'signedIn',
  'POST /api/pictures': 'signedIn',
  'GET /api/admin/dead-letters': 'admin',
  'POST /api/admin/dead-letters/replay': 'admin',
  'GET /api/admin/dead-letters/:id': 'admin',
  'POST /api/admin/dead-letters/:id/replay': 'admin',
  'POST /api/admin/dead-letters/:id/discard': 'admin',
  'GET /api/admin/bluesky/sync-status': 'admin',
  // It leads to the sign-in itself, once it has understood the answer.
  'POST /events/:slug/rsvp': 'anyone',
  'POST /events/:slug/withdraw': 'signedIn',
  'GET /events/:slug/guests': 'anyone',
  'POST /events/:slug/approve': 'self',
  'GET /u/:handleOrDid': 'anyone',
  'GET /me/events': 'signedIn',
  'GET /at/:did/:collection/:rkey': 'anyone',
  'GET /events/:slug{[a-z0-9-]+\\.ics}': 'anyone',
}

const nameOf = ({ method, path }: Route) => `${method} ${path}`
const did = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
let web: TestWeb
let token: { authorization: string }
let people: Record<Exclude<Caller, 'nobody'>, AccountRow>

beforeAll(async () => {
  web = await openTestWeb()
  const stranger = await addPerson(web, { email: 'stranger@example.org' })
  people = {
    stranger,
    program: stranger,
    self: await addPerson(web, { did, handle: 'self.example' }),
    admin: await addPerson(web, { email: 'admin@example.org', isAdmin: true }),
  }
  token = await bearer(web, stranger)
})
afterAll(async () => web[Symbol.asyncDispose]())

/** Each request comes from far away, from a browser of its own, about an event of its own: some sign out, some delete. */
async function call(route: Route, caller: Caller, event: Partial<NewEvent> = {}): Promise<Response> {
  const account = caller === 'nobody' ? undefined : people[caller]
  const browser = await openBrowser(web, routes, caller === 'program' ? undefined : account)
  browser.remoteAddress = `192.0.2.${1 + Object.keys(table).indexOf(nameOf(route))}`
  const headers: Record<string, string> = caller === 'program' ? token : {}
  const params = { did, id: 'self.example', handleOrDid: 'self.example', slug: await addEvent(event), accountId: '1' }
  const path = toPath(route, params)
  if (route.method === 'GET') return browser.get(path, headers)
  return route.kind === 'page'
    ? browser.post(path, {}, headers)
    : browser.json(route.method, path, route.body ? {} : undefined, headers)
}

function toPath({ path }: Route, params: Record<string, string>): string {
  return path.replaceAll(/:(\w+)(\{[^}]*\})?/g, (_, name: string, pattern = '') => {
    const ending = pattern.includes('ics') ? '.ics' : ''
    return `${params[name] ?? 'unknown'}${ending}`
  })
}

type NewEvent = { visibility: 'public' | 'private'; is_draft: boolean }

/** An event of `self`. Answers its slug. */
async function addEvent({ visibility = 'public', is_draft = false }: Partial<NewEvent>): Promise<string> {
  const slug = `meetup-${randomUUID()}`
  const row = { slug, owner_id: people.self.id, origin: 'here', name: 'Meetup', visibility, is_draft }
  await web.services.db.insertInto('events').values(row).execute()
  return slug
}

const callers: Caller[] = ['nobody', 'stranger', 'program', 'self', 'admin']

/** What a caller met: let in (whatever came of it), asked who they are, turned away, or a failure of ours. */
function outcomeOf(response: Response): string {
  const { status } = response
  if (status === 401 || (status === 303 && response.headers.get('location')?.startsWith('/sign-in?'))) return 'who?'
  if (status === 403) return 'no'
  return status === 500 ? 'failed' : 'in'
}

function expectedOf(door: keyof typeof doors): Record<string, string> {
  const allowed: readonly Caller[] = doors[door]
  const turnedAway = (caller: Caller) => (caller === 'nobody' ? 'who?' : 'no')
  return Object.fromEntries(callers.map((caller) => [caller, allowed.includes(caller) ? 'in' : turnedAway(caller)]))
}

async function knock(route: Route, event?: Partial<NewEvent>): Promise<Record<string, Response>> {
  const answers: Record<string, Response> = {}
  for (const caller of callers) {
    const response = await call(route, caller, event)
    await response.body?.cancel()
    answers[caller] = response
  }
  return answers
}

const mapValues = <Value>(answers: Record<string, Response>, of: (response: Response) => Value) =>
  Object.fromEntries(Object.entries(answers).map(([caller, response]) => [caller, of(response)]))

describe('the doors of the site', () => {
  it('are all in the table', () => {
    expect(routes.map(nameOf).sort()).toEqual(Object.keys(table).sort())
  })

  it.each(routes.map((route) => [nameOf(route), route] as const))(
    '%s lets in whom the table says',
    async (name, route) => {
      expect(mapValues(await knock(route), outcomeOf)).toEqual(expectedOf(table[name] ?? 'admin'))
    },
  )

  const ofEvents = routes.filter(({ path }) => path.includes(':slug'))
  it.each(ofEvents.map((route) => [nameOf(route), route] as const))(
    '%s does not tell of a private event or a draft',
    async (_name, route) => {
      for (const event of [{ visibility: 'private' as const }, { is_draft: true }]) {
        const { self: _, ...others } = await knock(route, event)
        const told = Object.values(others).filter(
          (response) => response.status !== 404 && outcomeOf(response) !== 'who?',
        )
        expect(told.map(({ status }) => status)).toEqual([])
      }
    },
  )
})
