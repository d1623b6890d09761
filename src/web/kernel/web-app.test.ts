import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type TestWeb, addPerson, bearer, openBrowser, openTestWeb, testOrigin } from '../../../testkit/test-web.ts'
import { AppError } from '../../base/errors.ts'
import { seeOtherWithFlash } from './page.ts'
import { admin, anyone, signedIn } from './policies.ts'
import { formBody } from './read-body.ts'
import { apiRoute, fileRoute, json, pageRoute } from './route.ts'
import { createWebApp } from './web-app.ts'

const body = z.object({ name: z.string().min(2), tags: z.array(z.string()).max(3).optional() })

const routes = [
  apiRoute({
    method: 'GET',
    path: '/api/things/:id',
    policy: anyone,
    handle: async ({ request }) => json(request.params),
  }),
  apiRoute({
    method: 'POST',
    path: '/api/things',
    policy: anyone,
    body,
    maxBodyBytes: 2048,
    handle: async ({ body, request }) => json({ ...body, viewer: request.viewer?.account.id ?? null }),
  }),
  apiRoute({ method: 'POST', path: '/api/few', policy: anyone, perMinute: 2, handle: async () => json({}) }),
  apiRoute({
    method: 'GET',
    path: '/api/broken',
    policy: anyone,
    handle: async () => {
      throw new Error('password=hunter2')
    },
  }),
  pageRoute({
    method: 'GET',
    path: '/broken',
    policy: anyone,
    handle: async () => {
      throw new Error('password=hunter2')
    },
  }),
  pageRoute({ method: 'GET', path: '/mine', policy: signedIn, handle: async () => new Response('mine') }),
  pageRoute({ method: 'GET', path: '/theirs', policy: admin, handle: async () => new Response('theirs') }),
  pageRoute({
    method: 'POST',
    path: '/upload',
    policy: anyone,
    body: formBody,
    handle: async ({ body: form }) => {
      const picture = form.get('picture')
      return json({ name: form.get('name'), size: picture instanceof File ? picture.size : null })
    },
  }),
  pageRoute({
    method: 'POST',
    path: '/saved',
    policy: anyone,
    body: z.object({ tag: z.union([z.string(), z.array(z.string())]).optional() }),
    handle: async ({ request, body }) => seeOtherWithFlash(request, `/none?tag=${String(body.tag)}`, 'event-saved'),
  }),
  fileRoute({
    method: 'GET',
    path: '/file',
    policy: anyone,
    handle: async () => {
      throw new AppError('gone', 'It was here once.')
    },
  }),
]

let web: TestWeb
beforeAll(async () => (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())
const visit = () => openBrowser(web, routes)
type Problem = { type: string; title: string; status: number; detail: string; requestId: string; errors?: unknown }
const problemOf = async (response: Response) => (await response.json()) as Problem

describe('an API route', () => {
  it('answers JSON and says under which id it was asked', async () => {
    const response = await (await visit()).get('/api/things/a%20b')
    expect(await response.json()).toEqual({ id: 'a b' })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('names each wrong field as problem+json', async () => {
    const response = await (await visit()).json('POST', '/api/things', { name: 'x', tags: ['a', 'b', 'c', 'd'] })
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(await problemOf(response)).toMatchObject({
      title: 'invalid-input',
      status: 422,
      requestId: response.headers.get('x-request-id'),
      errors: [{ field: 'name' }, { field: 'tags' }],
    })
  })

  it.each([
    ['{"name":', 'application/json', 400, /not JSON/],
    ['name=ab', 'application/x-www-form-urlencoded', 415, /Content-Type: application\/json/],
    ['{"name":"a\\u0000b"}', 'application/json', 422, /NUL/],
    ['{"name":"a\\ud800b"}', 'application/json', 422, /surrogate/],
    ['', 'application/json', 422, /body/],
  ])('refuses the body %s of type %s with %i', async (text, type, status, detail) => {
    const response = await (
      await visit()
    ).send('/api/things', { method: 'POST', body: text, headers: { 'content-type': type } })
    expect(response.status).toBe(status)
    expect((await problemOf(response)).detail).toMatch(detail)
  })

  it('refuses a body that is too large, whatever its length says', async () => {
    const app = createWebApp(web.services, routes)
    const declared = new Request(`${testOrigin}/api/things`, { method: 'POST', body: 'x'.repeat(3000) })
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent++
        controller.enqueue(new Uint8Array(1024))
      },
    })
    const streamed = new Request(`${testOrigin}/api/things`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
    } as RequestInit)
    for (const request of [declared, streamed]) {
      const response = await app.fetch(request)
      expect(response.status).toBe(413)
      expect((await problemOf(response)).detail).toBe('The body is larger than the 2 KB this address takes.')
    }
    expect(sent).toBeLessThan(10)
  })

  it('says nothing of an error nobody thought of', async () => {
    const response = await (await visit()).get('/api/broken')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('hunter2')
  })

  it('refuses more calls than it takes, and says when to come back', async () => {
    const browser = await visit()
    const answers = [await browser.json('POST', '/api/few'), await browser.json('POST', '/api/few')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const refused = await browser.json('POST', '/api/few')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await problemOf(refused)).toMatchObject({ title: 'too-many-requests', status: 429 })
  })

  it('takes a token before the cookie, and a wrong token for nobody', async () => {
    const [ana, bo] = [await addPerson(web), await addPerson(web)]
    const browser = await openBrowser(web, routes, ana)
    const asBo = await browser.json(
      'POST',
      '/api/things',
      { name: 'xy' },
      { ...(await bearer(web, bo)), origin: 'https://evil.example' },
    )
    expect(await asBo.json()).toMatchObject({ viewer: bo.id })
    const wrong = await browser.json(
      'POST',
      '/api/things',
      { name: 'xy' },
      { authorization: `Bearer om_${'x'.repeat(43)}` },
    )
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toContain('Bearer')
  })
})

describe('a request from another site', () => {
  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ])('is refused with a session, JSON or form: %o', async (headers) => {
    const browser = await openBrowser(web, routes, await addPerson(web))
    const asJson = {
      method: 'POST',
      body: '{"name":"xy"}',
      headers: { 'content-type': 'application/json', ...headers },
    }
    const asForm = { method: 'POST', body: new URLSearchParams({ name: 'xy' }), headers }
    expect((await browser.send('/api/things', asJson)).status).toBe(403)
    expect((await browser.send('/saved', asForm)).status).toBe(403)
  })

  it('is refused where it hides where it comes from but sends the cookie', async () => {
    const browser = await openBrowser(web, routes, await addPerson(web))
    expect((await browser.send('/saved', { method: 'POST', body: new URLSearchParams() })).status).toBe(403)
  })
})

describe('an address', () => {
  it('that nobody declared is a page that says so, or a problem under /api, or a line', async () => {
    const browser = await visit()
    const page = await browser.get('/nowhere', { accept: 'text/html' })
    expect(page.status).toBe(404)
    expect(await page.text()).toContain('There is nothing here')
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self' 'nonce-/)
    const api = await browser.get('/api/nowhere')
    expect(api.headers.get('content-type')).toContain('application/problem+json')
    const line = await browser.get('/nowhere.png', { accept: 'image/*' })
    expect(await line.text()).toBe('There is nothing at this address.\n')
  })

  it('names the methods it takes', async () => {
    const browser = await visit()
    const response = await browser.json('PUT', '/api/things/1', {})
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('HEAD, GET')
    const head = await browser.send('/api/things/1', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('is declared once', () => {
    expect(() => createWebApp(web.services, [...routes, ...routes])).toThrow('Two routes are declared for')
  })

  it('of this machine by another name leads to the one that cookies count for', async () => {
    const app = createWebApp(web.services, routes)
    const response = await app.fetch(new Request('http://localhost:3999/mine?a=1'))
    expect([response.status, response.headers.get('location')]).toEqual([307, `${testOrigin}/mine?a=1`])
  })
})

describe('a page', () => {
  it('that needs somebody leads to the sign-in and back; our script is told so', async () => {
    const browser = await visit()
    const response = await browser.get('/mine?tab=a&b')
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      '/sign-in?return_to=%2Fmine%3Ftab%3Da%26b',
    ])
    const scripted = await browser.get('/mine', { 'sec-fetch-mode': 'cors' })
    expect(scripted.status).toBe(401)
    expect(await scripted.text()).toContain('Please sign in')
  })

  it('of somebody else is refused with a page', async () => {
    const response = await (await openBrowser(web, routes, await addPerson(web))).get('/theirs')
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('Only administrators of this site may do this.')
  })

  it('that breaks says so without the reason, and quotes the id', async () => {
    const response = await (await visit()).get('/broken')
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).toContain(response.headers.get('x-request-id'))
    expect(text).not.toContain('hunter2')
  })

  it('shows what just happened, once', async () => {
    const browser = await visit()
    const saved = await browser.post('/saved', { tag: 'a' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/none?tag=a'])
    expect(saved.headers.get('set-cookie')).toMatch(/^flash=event-saved; .*HttpOnly/)
    expect(await (await browser.get('/none')).text()).toContain('Changes saved.')
    expect(await (await browser.get('/none')).text()).not.toContain('Changes saved.')
  })

  it('takes forms with files and lists, and refuses damaged ones', async () => {
    const browser = await visit()
    const form = new FormData()
    form.set('name', 'Ärger')
    form.set('picture', new File([new Uint8Array(5000)], 'a.png', { type: 'image/png' }))
    const headers = { origin: testOrigin }
    const sent = await browser.send('/upload', { method: 'POST', body: form, headers })
    expect(await sent.json()).toEqual({ name: 'Ärger', size: 5000 })
    const damaged = { ...headers, 'content-type': 'multipart/form-data; boundary=x' }
    expect((await browser.send('/upload', { method: 'POST', body: 'nonsense', headers: damaged })).status).toBe(400)
    const list = await browser.send('/saved', { method: 'POST', body: new URLSearchParams('tag=a&tag=b'), headers })
    expect(list.headers.get('location')).toBe('/none?tag=a,b')
  })

  it('fails as a line of text where it is a file', async () => {
    const response = await (await visit()).get('/file')
    expect([response.status, await response.text()]).toEqual([410, 'It was here once.\n'])
  })
})

it('counts requests by route, never by what strangers write', async () => {
  const browser = await visit()
  for (const path of ['/api/things/secret-1', '/nowhere-secret-2', '/api/things/secret-3']) await browser.get(path)
  await browser.json('PROPFIND', '/secret-4')
  const text = await web.services.metrics.registry.metrics()
  expect(text).toContain('route="/api/things/:id",method="GET",status="200"')
  expect(text).toContain('route="unknown",method="other",status="404"')
  expect(text).not.toContain('secret')
})

it('still answers with a page when the database is away', async () => {
  const broken = new Error('the database is away')
  const db = new Proxy(web.services.db, {
    get: () => () => {
      throw broken
    },
  })
  const { cookies } = await openBrowser(web, routes, await addPerson(web))
  const browser = await openBrowser({ ...web, services: { ...web.services, db } }, routes)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  const response = await browser.get('/mine')
  expect(response.status).toBe(500)
  expect(await response.text()).toContain('Something broke on our side')
})
