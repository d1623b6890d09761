import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestWeb, addPerson, bearer, openBrowser, openTestWeb } from '../testkit/test-web.ts'
import type { AccountRow } from '../src/accounts/account.ts'
import type { Route } from '../src/web/kernel/route.ts'
import { siteRoutes } from '../src/web/routes/site-routes.ts'

/** All of the site. A route that is not in the table below fails the test, and so does a line without a route. */
const routes: readonly Route[] = siteRoutes

type Caller = 'nobody' | 'stranger' | 'program' | 'self' | 'admin'

/** Who is let in. `program`: the stranger by an API token. `self`: the person that `:id`, `:handleOrDid` in the path names. */
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
}

const nameOf = ({ method, path }: Route) => `${method} ${path}`
const did = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
let web: TestWeb
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
})
afterAll(async () => web[Symbol.asyncDispose]())

/** Each request comes from far away, and from a browser of its own: some of them sign out. */
async function call(route: Route, caller: Caller): Promise<Response> {
  const account = caller === 'nobody' ? undefined : people[caller]
  const browser = await openBrowser(web, routes, caller === 'program' ? undefined : account)
  browser.remoteAddress = `192.0.2.${1 + Object.keys(table).indexOf(nameOf(route))}`
  const headers = caller === 'program' && account ? await bearer(web, account) : {}
  const path = route.path.replaceAll(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => params[name] ?? 'unknown')
  if (route.method === 'GET') return browser.get(path, headers)
  return route.kind === 'page'
    ? browser.post(path, {}, headers)
    : browser.json(route.method, path, route.body ? {} : undefined, headers)
}

const params: Record<string, string> = { did, id: 'self.example', handleOrDid: 'self.example' }

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

describe('the doors of the site', () => {
  it('are all in the table', () => {
    expect(routes.map(nameOf).sort()).toEqual(Object.keys(table).sort())
  })

  it.each(routes.map((route) => [nameOf(route), route] as const))(
    '%s lets in whom the table says',
    async (name, route) => {
      const outcomes: Record<string, string> = {}
      for (const caller of callers) {
        const response = await call(route, caller)
        await response.body?.cancel()
        outcomes[caller] = outcomeOf(response)
      }
      expect(outcomes).toEqual(expectedOf(table[name] ?? 'admin'))
    },
  )
})
