import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent } from '../../../testkit/test-events.ts'
import { type TestBrowser, type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import { type Approval, type Sandbox, openSandbox } from '../../../testkit/test-sandbox.ts'
import { findSessionState } from '../../atproto/oauth-session-state.ts'
import { eventRoutes } from './event-routes.ts'
import { siteRoutes } from './site-routes.ts'

/** Against a real PDS: what happens between a click on "Continue" and being signed in. */
let sandbox: Sandbox
let web: TestWeb

beforeAll(async () => {
  sandbox = await openSandbox()
  web = await openTestWeb(sandbox)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

const visit = (account?: Parameters<typeof openBrowser>[2]) => openBrowser(web, siteRoutes, account)

/** The browser goes to the PDS, its person decides there, and it comes back. */
async function follow(browser: TestBrowser, left: Response, handle: string, approval?: Approval): Promise<Response> {
  expect(left.status).toBe(303)
  const back = await sandbox.approve(left.headers.get('location') ?? '', handle, approval)
  const url = new URL(back)
  expect(url.origin + url.pathname).toBe('http://127.0.0.1:3999/oauth/callback')
  return browser.get(`${url.pathname}${url.search}`, { 'sec-fetch-site': 'cross-site' })
}

type Me = {
  id: number
  did: string | null
  preferences: { bluesky: { connected: boolean; connectedAt: string | null } }
}
const whoIs = async (browser: TestBrowser) => (await (await browser.get('/api/me')).json()) as Me

describe('signing in with a handle', () => {
  it('makes an account, comes back to where one was, and sets a cookie that scripts and other sites cannot use', async () => {
    const { handle, did } = await sandbox.newPerson()
    const browser = await visit()
    const form = { identifier: `@${handle}`, return_to: '/settings?x=1' }
    const entered = await follow(browser, await browser.post('/sign-in', form), handle)
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/settings?x=1'])
    const cookies = entered.headers.getSetCookie()
    expect(cookies).toContainEqual(
      expect.stringMatching(/^openmeet=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/),
    )
    expect(cookies).toContainEqual(expect.stringMatching(/^openmeet-sign-in=; Max-Age=0/))
    expect(await whoIs(browser)).toMatchObject({ did, preferences: { bluesky: { connected: true } } })
    const settings = await (await browser.get('/settings')).text()
    expect(settings).toContain('Welcome to OpenMeet.')
    expect(settings).toContain(did)
  })

  it('makes a shadow account its person’s, with what the network knew', async () => {
    const { handle, did } = await sandbox.newPerson()
    const shadow = await addPerson(web, { did, isShadow: true })
    const browser = await visit()
    await follow(browser, await browser.post('/sign-in', { identifier: handle }), handle)
    expect((await whoIs(browser)).id).toBe(shadow.id)
    expect(await (await browser.get('/settings')).text()).toContain('Your events and answers from the network are here')
    const claimed = await browser.json('POST', '/api/auth/bluesky/claim-account')
    const again = await browser.json('POST', '/api/auth/bluesky/claim-account')
    expect(claimed.status).toBe(200)
    expect(await again.json()).toEqual(await claimed.json())
  })

  it('tells a person who said no, or granted less, what that means', async () => {
    const { handle } = await sandbox.newPerson()
    const browser = await visit()
    const refused = await follow(browser, await browser.post('/sign-in', { identifier: handle }), handle, {
      reject: true,
    })
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('You did not allow the sign-in')
    await follow(browser, await browser.post('/sign-in', { identifier: handle }), handle, { scope: 'atproto' })
    expect(await (await browser.get('/settings')).text()).toContain('some permissions were not granted')
  })

  it('finishes only in the browser that began, and only once', async () => {
    const { handle } = await sandbox.newPerson()
    const [own, other] = [await visit(), await visit()]
    const left = await own.post('/sign-in', { identifier: handle })
    const back = new URL(await sandbox.approve(left.headers.get('location') ?? '', handle))
    const path = `${back.pathname}${back.search}`
    expect((await other.get(path)).status).toBe(403)
    expect(other.cookies.has('openmeet')).toBe(false)
    expect((await own.get(path)).headers.get('location')).toBe('/')
    const again = await own.get(path)
    expect([again.status, await again.text()]).toEqual([410, expect.stringContaining('Please start again')])
  })

  it('shows beside the field what is wrong, keeps what was typed, and leads nowhere else', async () => {
    const browser = await visit()
    const response = await browser.post('/sign-in', { identifier: 'no <handle>', return_to: '//evil.example' })
    const text = await response.text()
    expect(response.status).toBe(422)
    expect(text).toContain('Type a handle such as')
    expect(text).toContain('value="no &lt;handle>"')
    expect(text).toContain('name="return_to" value="/"')
    expect(response.headers.get('content-security-policy')).toContain("form-action 'self' https: http:")
  })
})

describe('an answer chosen before signing in', () => {
  const routes = [...siteRoutes, ...eventRoutes]
  const mine = async (browser: TestBrowser, slug: string) =>
    ((await (await browser.get(`/api/events/${slug}`)).json()) as { mine: { status: string } | null }).mine

  it('is given once its person is back, and only that once', async () => {
    const { handle } = await sandbox.newPerson()
    const event = await addEvent(web, await addPerson(web, { did: newDid(), handle: 'host.example' }))
    const browser = await openBrowser(web, routes)
    const asked = await browser.post(`/events/${event.slug}/rsvp`, { status: 'going', guests: '1' })
    const signInPage = await (await browser.get(asked.headers.get('location') ?? '')).text()
    expect(signInPage).toContain('your answer is given: going')
    const form = { identifier: handle, return_to: `/events/${event.slug}#rsvp` }
    const entered = await follow(browser, await browser.post('/sign-in', form), handle)
    expect(entered.headers.get('location')).toBe(form.return_to)
    expect(await mine(browser, event.slug)).toMatchObject({ status: 'going', guests: 1 })
    expect(await (await browser.get(`/events/${event.slug}`)).text()).toContain('Welcome. Your answer is saved.')
    expect(browser.cookies.has('openmeet-answer')).toBe(false)
  })

  it('is given by no address, to no other event, and by nobody’s form but ours', async () => {
    const { handle } = await sandbox.newPerson()
    const host = await addPerson(web, { did: newDid() })
    const [event, other] = [await addEvent(web, host), await addEvent(web, host)]
    const browser = await openBrowser(web, routes)
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await browser.post(`/events/${event.slug}/rsvp`, { status: 'going' }, foreign)).status).toBe(403)
    expect(browser.cookies.has('openmeet-answer')).toBe(false)
    await browser.post(`/events/${event.slug}/rsvp`, { status: 'going' })
    const form = { identifier: handle, return_to: `/events/${other.slug}#rsvp` }
    await follow(browser, await browser.post('/sign-in', form), handle)
    expect(await mine(browser, event.slug)).toBeNull()
    expect(await mine(browser, other.slug)).toBeNull()
    expect(browser.cookies.has('openmeet-answer')).toBe(false)
  })

  it('that can no longer be given leads to the page that says why', async () => {
    const { handle } = await sandbox.newPerson()
    const host = await addPerson(web, { did: newDid() })
    const event = await addEvent(web, host)
    const browser = await openBrowser(web, routes)
    await browser.post(`/events/${event.slug}/rsvp`, { status: 'going' })
    await web.services.db.updateTable('events').set({ status: 'cancelled' }).where('id', '=', event.id).execute()
    const form = { identifier: handle, return_to: `/events/${event.slug}#rsvp` }
    await follow(browser, await browser.post('/sign-in', form), handle)
    expect(await mine(browser, event.slug)).toBeNull()
    expect(await (await browser.get(`/events/${event.slug}`)).text()).toContain('could not be given')
  })
})

it('a mail address that a server claims for its person joins them to nobody', async () => {
  const { handle, did } = await sandbox.newPerson()
  // The address that the sandbox’s server has for its person.
  const owner = await addPerson(web, { email: `${handle.split('.')[0]}@people.test` })
  const browser = await visit()
  await follow(browser, await browser.post('/sign-in', { identifier: handle }), handle)
  const me = await whoIs(browser)
  expect(me).toMatchObject({ did, email: null })
  expect(me.id).not.toBe(owner.id)
})

describe('connecting an account', () => {
  it('gives it the DID, and disconnecting takes back only what we may do', async () => {
    const { handle, did } = await sandbox.newPerson()
    const account = await addPerson(web, { email: `${handle}@example.org` })
    const browser = await visit(account)
    const left = await browser.post('/settings/bluesky/connect', { identifier: handle })
    const linked = await follow(browser, left, handle)
    expect(linked.headers.get('location')).toBe('/settings#connection')
    expect(await (await browser.get('/settings')).text()).toContain('Connected to Bluesky.')
    expect(await whoIs(browser)).toMatchObject({ id: account.id, did, preferences: { bluesky: { connected: true } } })
    expect((await browser.post('/settings/bluesky/disconnect')).status).toBe(303)
    const after = await whoIs(browser)
    expect(after).toMatchObject({ did, preferences: { bluesky: { connected: false, connectedAt: null } } })
    const actions = await web.services.db
      .selectFrom('audit_log')
      .select('action')
      .where('account_id', '=', account.id)
      .execute()
    expect(actions.map(({ action }) => action)).toEqual(['link-did', 'disconnect'])
  })

  it('refuses a second DID with a reason, and gives the stray session back', async () => {
    const [first, second] = [await sandbox.newPerson(), await sandbox.newPerson()]
    const browser = await visit(await addPerson(web, { did: first.did, handle: first.handle }))
    const left = await browser.json('POST', '/api/me/bluesky', { identifier: second.handle })
    const { url } = (await left.json()) as { url: string }
    const back = new URL(await sandbox.approve(url, second.handle))
    const refused = await browser.get(`${back.pathname}${back.search}`)
    expect(refused.status).toBe(409)
    expect(await refused.text()).toContain('This account is already connected to')
    expect(await findSessionState(web.services.db, second.did)).toBeUndefined()
  })

  it('is refused where somebody else is signed in when the browser comes back', async () => {
    const { handle, did } = await sandbox.newPerson()
    const browser = await visit(await addPerson(web))
    const left = await browser.post('/settings/bluesky/connect', { identifier: handle })
    const other = await addPerson(web)
    browser.cookies.set('openmeet', (await visit(other)).cookies.get('openmeet') ?? '')
    const refused = await follow(browser, left, handle)
    expect(refused.status).toBe(403)
    expect((await whoIs(browser)).did).toBeNull()
    expect(await findSessionState(web.services.db, did)).toBeUndefined()
  })
})

describe('an administrator', () => {
  it('has a page for all that, which shows how far renewing all has come', async () => {
    const { handle, did } = await sandbox.newPerson()
    const person = await visit()
    await follow(person, await person.post('/sign-in', { identifier: handle }), handle)
    const browser = await visit(await addPerson(web, { isAdmin: true }))
    const flashAfter = async (action: string) => {
      const response = await browser.post(`/admin/sessions/${action}`, { did })
      expect(response.headers.get('location')).toBe('/admin/sessions')
      return (await browser.get('/admin/sessions')).text()
    }
    expect(await flashAfter('validate')).toContain('takes the session')
    expect(await flashAfter('renew')).toContain('Renewed.')
    const running = await flashAfter('renew-all')
    for (const text of [did, '<progress', 'Renewing all sessions']) expect(running).toContain(text)
    expect(running).not.toContain('action="/admin/sessions/renew-all"')
    const { run } = (await (await browser.get('/api/admin/bluesky/sessions/refresh')).json()) as {
      run: { total: number; waiting: number }
    }
    expect([run.total > 0, run.waiting]).toEqual([true, run.total])
    expect(await flashAfter('reset')).toContain('asked to reconnect')
    expect(await (await browser.get('/admin/sessions?tab=reconnect')).text()).toContain(did)
    expect((await browser.post('/admin/sessions/reset', { did: 'did:plc:nobody' })).status).toBe(404)
    expect((await person.get('/admin/sessions')).status).toBe(403)
  })

  it('sees sessions, asks for their state, renews and resets them', async () => {
    const { handle, did } = await sandbox.newPerson()
    const person = await visit()
    await follow(person, await person.post('/sign-in', { identifier: handle }), handle)
    const browser = await visit(await addPerson(web, { isAdmin: true }))
    const path = `/api/admin/bluesky/sessions/${did}`
    const list = (await (await browser.get('/api/admin/bluesky/sessions?limit=500')).json()) as {
      items: { did: string }[]
    }
    expect(list.items).toContainEqual(expect.objectContaining({ did, state: 'connected', missingScopes: [] }))
    expect(JSON.stringify(list)).not.toMatch(/token|sealed|dpop/i)
    expect(await (await browser.json('POST', `${path}/validate`)).json()).toMatchObject({ valid: true })
    expect(await (await browser.json('POST', `${path}/refresh`)).json()).toMatchObject({
      session: { state: 'connected' },
    })
    const batch = await browser.json('POST', '/api/admin/bluesky/sessions/refresh', { dids: [did, 'did:plc:nobody'] })
    expect(await batch.json()).toMatchObject({ items: [{ did, refreshed: true }, { refreshed: false }] })
    expect(await (await browser.json('POST', `${path}/reset`)).json()).toMatchObject({
      session: { state: 'needs-reconnect' },
    })
    expect(await (await browser.json('POST', `${path}/validate`)).json()).toMatchObject({ valid: false })
    const gone = await browser.json('POST', `${path}/refresh`)
    expect([gone.status, await gone.json()]).toEqual([409, expect.objectContaining({ title: 'needs-reconnect' })])
    expect((await browser.json('POST', '/api/admin/bluesky/sessions/did:plc:nobody/reset')).status).toBe(404)
    expect(await (await person.get('/settings')).text()).toContain('Your Bluesky connection has ended')
  })
})
