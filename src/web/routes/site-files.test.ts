import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import sharp from 'sharp'
import { type TestWeb, addPerson, bearer, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import { storePicture } from '../../media/store-picture.ts'
import type { ReadyCheck } from '../web-services.ts'
import { siteRoutes } from './site-routes.ts'

let web: TestWeb
let https: TestWeb
const checks: ReadyCheck[] = []
beforeAll(async () => {
  web = await openTestWeb({ change: { checks } })
  https = await openTestWeb({ publicUrl: 'https://meet.example.org' })
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await https[Symbol.asyncDispose]()
})
const visit = () => openBrowser(web, siteRoutes)

describe('on https', () => {
  it('cookies belong to this host and to https, and browsers are told to stay', async () => {
    const browser = await openBrowser(https, siteRoutes, await addPerson(https))
    const settings = await browser.get('/settings')
    expect(settings.status).toBe(200)
    expect(settings.headers.get('strict-transport-security')).toContain('max-age=')
    const [flash] = (await browser.post('/settings/sessions/revoke-all')).headers.getSetCookie()
    expect(flash).toBe('__Host-flash=sessions-revoked; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax')
    expect((await browser.post('/sign-out')).headers.getSetCookie()).toContain(
      '__Host-openmeet=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('the client shows its metadata and its public keys only', async () => {
    const browser = await openBrowser(https, siteRoutes)
    const metadata = await browser.get('/oauth/client-metadata.json')
    expect(await metadata.json()).toMatchObject({ client_id: 'https://meet.example.org/oauth/client-metadata.json' })
    const jwks = await (await browser.get('/oauth/jwks.json')).text()
    expect(jwks).toContain('"kty":"EC"')
    expect(jwks).not.toContain('"d":')
    const local = await visit()
    expect((await local.get('/oauth/client-metadata.json')).status).toBe(404)
    expect(await (await local.get('/oauth/jwks.json')).json()).toEqual({ keys: [] })
  })
})

it('every page carries the headers that keep it safe', async () => {
  const browser = await openBrowser(web, siteRoutes, await addPerson(web))
  // The export is a file, behind the doors of a page.
  const pages = siteRoutes.filter(
    ({ kind, method, path }) => kind === 'page' && method === 'GET' && path !== '/settings/export',
  )
  for (const { path } of [...pages, { path: '/nowhere' }]) {
    const { status, headers } = await browser.get(path)
    const csp = headers.get('content-security-policy') ?? ''
    expect(csp).toMatch(/^default-src 'none'; script-src 'self' 'nonce-[\w+/=]{24}'; style-src 'self';/)
    expect(csp).toContain("frame-ancestors 'none'")
    expect(csp).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin')
    expect(headers.get('cache-control')).toContain('private')
    expect(status).not.toBe(500)
  }
  const [first, second] = [await browser.get('/settings'), await browser.get('/settings')]
  expect(first.headers.get('content-security-policy')).not.toBe(second.headers.get('content-security-policy'))
})

describe('health', () => {
  it('says what is missing, not why', async () => {
    const browser = await visit()
    expect(await (await browser.get('/healthz')).json()).toEqual({ status: 'alive' })
    expect(await (await browser.get('/readyz')).json()).toEqual({ status: 'ready', checks: { database: 'ok' } })
    checks.push({ name: 'source', run: async () => Promise.reject(new Error('wss://secret.example is away')) })
    const response = await browser.get('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'not-ready', checks: { database: 'ok', source: 'failing' } })
    checks.pop()
  })

  it('shows metrics to the private network and to administrators', async () => {
    const browser = await visit()
    expect(await (await browser.get('/metrics')).text()).toContain('openmeet_http_request_duration_seconds_bucket')
    expect((await browser.get('/metrics', { 'x-forwarded-for': '192.0.2.1' })).status).toBe(401)
    browser.remoteAddress = '192.0.2.1'
    expect((await browser.get('/metrics', { 'x-forwarded-for': '127.0.0.1' })).status).toBe(401)
    const headers = await bearer(web, await addPerson(web, { isAdmin: true }))
    expect((await browser.get('/metrics', headers)).status).toBe(200)
  })
})

describe('files', () => {
  it('of the site are cached by their content', async () => {
    const browser = await visit()
    const { css } = web.services.assets.urls
    const response = await browser.get(css)
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(response.headers.get('cache-control')).toContain('immutable')
    const again = await browser.get(css, { 'if-none-match': response.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await browser.get('/assets/nothing.css')).status).toBe(404)
    expect((await browser.get('/assets/..%2fpackage.json')).status).toBe(404)
    expect(await (await browser.get('/robots.txt')).text()).toContain('Disallow: /settings')
    expect(await (await browser.get('/manifest.webmanifest')).json()).toMatchObject({ name: 'OpenMeet' })
    expect((await browser.get('/favicon.svg')).headers.get('content-type')).toBe('image/svg+xml')
  })

  it('of people are pictures of a fixed type, made here, or nothing', async () => {
    const browser = await visit()
    const bytes = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const { cid } = await storePicture(web.services.db, { accountId: (await addPerson(web)).id, bytes })
    const response = await browser.get(`/img/-/${cid}/card`)
    expect(response.headers.get('content-type')).toMatch(/^image\/(webp|jpeg|png)$/)
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
    expect(response.headers.get('cache-control')).toContain('immutable')
    for (const path of [`/img/-/${cid}/huge`, '/img/-/bafy/card', '/img/did:x/a/card', `/img/%2e%2e/${cid}/card`])
      expect([path, (await browser.get(path)).status]).toEqual([path, 404])
  })
})

describe('the API’s description', () => {
  type Document = {
    openapi: string
    paths: Record<
      string,
      Record<
        string,
        {
          operationId: string
          summary: string
          tags: string[]
          parameters: { name: string; in: string }[]
          responses: object
          security: object[]
        }
      >
    >
  }

  it('is OpenAPI 3.1 that covers every JSON route, under names of their own', async () => {
    const document = (await (await (await visit()).get('/api/openapi.json')).json()) as Document
    expect(document.openapi).toBe('3.1.0')
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const declared = siteRoutes
      .filter(({ kind }) => kind === 'api')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(described.sort()).toEqual(declared.sort())
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item).map((one) => ({ path, ...one })),
    )
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { path, summary, tags, parameters, responses } of operations) {
      expect([path, summary]).not.toEqual([path, ''])
      expect(tags).toHaveLength(1)
      expect(responses).toHaveProperty('default')
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`)
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath)
    }
  })

  it('has a page for people', async () => {
    const text = await (await (await visit()).get('/api/docs')).text()
    expect(text).toContain('/api/me/tokens')
    expect(text).toContain('followersCount: integer')
  })
})
