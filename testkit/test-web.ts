import { randomBytes } from 'node:crypto'
import { openWebSession } from '../src/accounts/web-session.ts'
import type { AccountRow } from '../src/accounts/account.ts'
import { createApiToken } from '../src/accounts/api-token.ts'
import { getAccount } from '../src/accounts/account-store.ts'
import { createOperatorFetch } from '../src/atproto/guarded-fetch.ts'
import { openIdentities } from '../src/atproto/identity.ts'
import { openOAuth } from '../src/atproto/oauth.ts'
import { envToConfig } from '../src/base/config.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { createSealer } from '../src/base/seal.ts'
import { ImageProxy } from '../src/media/image-proxy.ts'
import { openQueue } from '../src/queue/queue.ts'
import { buildAssets } from '../src/web/assets.ts'
import { LiveHub } from '../src/web/kernel/live-hub.ts'
import type { Route } from '../src/web/kernel/route.ts'
import { type WebApp, createWebApp } from '../src/web/kernel/web-app.ts'
import type { WebServices } from '../src/web/web-services.ts'
import { silentLog } from './silent-log.ts'
import { type TestDb, openTestDb } from './test-db.ts'

export const testOrigin = 'http://127.0.0.1:3999'

export type TestWebOptions = {
  publicUrl?: string
  /** Of a sandbox; without them nobody of the network can be looked up. */
  plcUrl?: string
  pdsUrl?: string
  change?: Partial<WebServices>
}

export type TestWeb = AsyncDisposable & { services: WebServices; testDb: TestDb }

/** What a site runs on, on a database of its own. */
export async function openTestWeb(options: TestWebOptions = {}): Promise<TestWeb> {
  await using stack = new AsyncDisposableStack()
  const testDb = stack.use(await openTestDb())
  const { db, database } = testDb
  const publicUrl = options.publicUrl ?? testOrigin
  const plcUrl = options.plcUrl ?? 'http://127.0.0.1:1'
  const allowPrivateNetwork = publicUrl.startsWith('http:')
  const config = {
    ...envToConfig({ PUBLIC_URL: publicUrl, PLC_URL: plcUrl, SMTP_URL: 'smtp://127.0.0.1:1' }),
    allowPrivateNetwork,
  }
  const identities = stack.use(
    openIdentities({ db, plcUrl, handleResolverUrl: options.pdsUrl, allowPrivateNetwork, resolveTxt: async () => [] }),
  )
  const sealer = createSealer(randomBytes(32))
  const { locks } = database
  const oauth = await openOAuth({ db, sealer, identities, locks, publicUrl, allowPrivateNetwork })
  const queue = stack.use(await openQueue({ connection: database.connection, log: silentLog, isWorker: false }))
  const fetch = createOperatorFetch()
  const services: WebServices = {
    config,
    database,
    db,
    log: silentLog,
    metrics: createMetrics(),
    queue,
    sealer,
    oauth,
    identities,
    profiles: { db, identities, fetch, operatorFetch: fetch },
    images: new ImageProxy(db, async () => Promise.reject(new Error('no server is known'))),
    assets: await buildAssets(),
    hub: new LiveHub(),
    checks: [],
    ...options.change,
  }
  const owned = stack.move()
  return { services, testDb, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** A browser, as far as a site can tell: it keeps cookies and says where its requests come from. It follows nothing. */
export class TestBrowser {
  readonly #app: WebApp
  readonly #origin: string
  readonly cookies = new Map<string, string>()
  remoteAddress = '127.0.0.1'

  constructor(app: WebApp, origin = testOrigin) {
    this.#app = app
    this.#origin = origin
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(path, { headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin', ...headers } })
  }

  /** Posts a form of the site. */
  async post(path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) {
    return this.send(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: this.#origin, 'sec-fetch-site': 'same-origin', ...headers },
    })
  }

  async json(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(path, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
      headers: { origin: this.#origin, 'content-type': 'application/json', ...headers },
    })
  }

  async send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookie = Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ')
    if (cookie !== '') headers.set('cookie', cookie)
    const request = new Request(new URL(path, this.#origin), { redirect: 'manual', ...init, headers })
    const response = await this.#app.fetch(request, { incoming: { socket: { remoteAddress: this.remoteAddress } } })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    if (value === '') this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

export type NewPerson = { did?: string; handle?: string; email?: string; isAdmin?: boolean; isShadow?: boolean }

/** An account, made without signing in. */
export async function addPerson({ services: { db } }: TestWeb, person: NewPerson = {}): Promise<AccountRow> {
  const { id } = await db
    .insertInto('accounts')
    .values({
      did: person.did ?? null,
      handle: person.handle ?? null,
      email: person.email ?? null,
      is_admin: person.isAdmin ?? false,
      claimed_at: person.isShadow ? null : new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return getAccount(db, id)
}

/** A browser in which this person is signed in; without one, nobody is. */
export async function openBrowser(web: TestWeb, routes: readonly Route[], account?: AccountRow): Promise<TestBrowser> {
  const { config, db } = web.services
  const browser = new TestBrowser(createWebApp(web.services, routes), config.publicUrl)
  if (!account) return browser
  const { secret } = await openWebSession(db, account.id, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0')
  browser.cookies.set(config.publicUrl.startsWith('https:') ? '__Host-openmeet' : 'openmeet', secret)
  return browser
}

/** The headers of a program that acts as this person. */
export async function bearer({ services }: TestWeb, account: AccountRow): Promise<{ authorization: string }> {
  const { token } = await createApiToken(services.db, account.id, { name: 'test', expiresInDays: null })
  return { authorization: `Bearer ${token}` }
}
