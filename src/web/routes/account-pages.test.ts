import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { type TestWeb, addPerson, bearer, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { siteRoutes } from './site-routes.ts'

let web: TestWeb
let count = 0
beforeAll(async () => (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())

const visit = (account?: AccountRow) => openBrowser(web, siteRoutes, account)
const newAddress = () => `person${++count}@example.org`

/** The code in the mail that waits to be sent last. */
async function lastCode(): Promise<string> {
  const { rows } = await sql<{ sealed: string }>`
    select data ->> 'sealed' as sealed from pgboss.job where name = 'send-mail' order by created_on desc limit 1`.execute(
    web.services.db,
  )
  const mail = web.services.sealer.open(Buffer.from(rows[0]?.sealed ?? '', 'base64'), 'send-mail')
  return /\d{3} \d{3}/.exec(mail)?.[0] ?? ''
}

describe('signing in by mail', () => {
  it('asks for the code in the browser that asked for it, and comes back to where one was', async () => {
    const [browser, other] = [await visit(), await visit()]
    const email = newAddress()
    const asked = await browser.post('/sign-in/mail', { email: ` ${email.toUpperCase()} `, return_to: '/events/new' })
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/sign-in/code'])
    expect(asked.headers.get('set-cookie')).toMatch(
      /^openmeet-code=[\w-]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(await (await browser.get('/sign-in/code')).text()).toContain(email)
    const code = await lastCode()
    expect((await other.post('/sign-in/code', { code })).status).toBe(410)
    const wrong = await browser.post('/sign-in/code', { code: code === '000 000' ? '1' : '000000' })
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('4 tries are left')])
    const entered = await browser.post('/sign-in/code', { code })
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/events/new'])
    expect(await (await browser.get('/api/me')).json()).toMatchObject({ email, did: null, handle: null })
    expect((await browser.get('/sign-in/code')).status).toBe(410)
  })

  it('says beside the field that this is no address', async () => {
    const response = await (await visit()).post('/sign-in/mail', { email: 'nobody' })
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('does not look like an e-mail'),
    ])
  })

  it('links an address to the account that asked, and to no other', async () => {
    const [ana, bo] = [await addPerson(web), await addPerson(web)]
    const browser = await visit(ana)
    const email = newAddress()
    await browser.post('/settings/mail', { email })
    const code = await lastCode()
    const own = browser.cookies.get('openmeet') ?? ''
    browser.cookies.set('openmeet', (await visit(bo)).cookies.get('openmeet') ?? '')
    expect((await browser.post('/sign-in/code', { code })).status).toBe(403)
    browser.cookies.set('openmeet', own)
    expect((await browser.post('/sign-in/code', { code })).headers.get('location')).toBe('/settings#mail')
    expect(await (await browser.get('/api/me')).json()).toMatchObject({ id: ana.id, email })
    const taken = await visit(bo)
    await taken.post('/settings/mail', { email })
    const refused = await taken.post('/sign-in/code', { code: await lastCode() })
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('already belongs to another')])
  })

  it('links by program in two steps', async () => {
    const browser = await visit(await addPerson(web))
    const email = newAddress()
    const sent = await browser.json('POST', '/api/me/mail', { email })
    expect(sent.status).toBe(202)
    const { id } = (await sent.json()) as { id: string }
    const code = await lastCode()
    const stranger = await visit(await addPerson(web))
    expect((await stranger.json('POST', '/api/me/mail/confirm', { id, code })).status).toBe(410)
    expect(await (await browser.json('POST', '/api/me/mail/confirm', { id, code })).json()).toEqual({ email })
  })
})

describe('signing out', () => {
  it('ends this session and takes the cookie back', async () => {
    const account = await addPerson(web)
    const [browser, other] = [await visit(account), await visit(account)]
    const secret = browser.cookies.get('openmeet') ?? ''
    const response = await browser.post('/sign-out')
    expect(response.headers.getSetCookie()).toContainEqual(
      expect.stringMatching(/^openmeet=; Max-Age=0; Path=\/; HttpOnly/),
    )
    browser.cookies.set('openmeet', secret)
    expect((await browser.get('/api/me')).status).toBe(401)
    expect((await other.get('/api/me')).status).toBe(200)
  })

  it('everywhere else ends the others, everywhere ends all, and nobody else’s', async () => {
    const [account, bystander] = [await addPerson(web), await addPerson(web)]
    const [a, b, c, bo] = [await visit(account), await visit(account), await visit(account), await visit(bystander)]
    const states = async () => Promise.all([a, b, c, bo].map(async (one) => (await one.get('/api/me')).status))
    await a.post('/settings/sessions/revoke-all')
    expect(await states()).toEqual([200, 401, 401, 200])
    const d = await visit(account)
    expect(await (await d.json('DELETE', '/api/me/sessions?keep=current')).json()).toEqual({ revoked: 1 })
    expect(await states()).toEqual([401, 401, 401, 200])
    expect((await d.post('/sign-out/everywhere')).headers.get('location')).toBe('/')
    expect((await d.get('/api/me')).status).toBe(401)
  })

  it('of one session by its name in the list, which signs nobody in', async () => {
    const account = await addPerson(web)
    const [own, lost, stranger] = [await visit(account), await visit(account), await visit(await addPerson(web))]
    const { items } = (await (await own.get('/api/me/sessions')).json()) as {
      items: { id: string; isCurrent: boolean }[]
    }
    expect(items.map(({ isCurrent }) => String(isCurrent)).sort()).toEqual(['false', 'true'])
    const id = items.find(({ isCurrent }) => !isCurrent)?.id ?? ''
    expect((await stranger.json('DELETE', `/api/me/sessions/${id}`)).status).toBe(404)
    await stranger.post('/settings/sessions/revoke', { id })
    expect((await lost.get('/api/me')).status).toBe(200)
    expect((await own.json('DELETE', `/api/me/sessions/${id}`)).status).toBe(204)
    expect((await lost.get('/api/me')).status).toBe(401)
  })

  it('puts another session in the place of the one a browser had', async () => {
    const account = await addPerson(web, { email: newAddress() })
    const browser = await visit(account)
    const before = browser.cookies.get('openmeet') ?? ''
    await browser.post('/sign-in/mail', { email: account.email ?? '' })
    await browser.post('/sign-in/code', { code: await lastCode() })
    expect(browser.cookies.get('openmeet')).not.toBe(before)
    browser.cookies.set('openmeet', before)
    expect((await browser.get('/api/me')).status).toBe(401)
  })
})

describe('API tokens', () => {
  it('are shown once, act for their person, and end when they are revoked', async () => {
    const account = await addPerson(web)
    const browser = await visit(account)
    const made = await browser.post('/settings/tokens', { name: 'Hallway screen', expiresInDays: 'never' })
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const token = /om_[\w-]{43}/.exec(await made.text())?.[0] ?? ''
    expect(await (await browser.get('/settings')).text()).not.toContain(token)
    const list = await (await browser.get('/api/me/tokens')).text()
    expect(list).toContain('Hallway screen')
    expect(list).not.toContain(token)
    const program = await visit()
    const headers = { authorization: `Bearer ${token}` }
    expect(await (await program.get('/api/me', headers)).json()).toMatchObject({ id: account.id })
    const { items } = JSON.parse(list) as { items: { id: number }[] }
    await browser.post('/settings/tokens/revoke', { id: String(items[0]?.id) })
    expect((await program.get('/api/me', headers)).status).toBe(401)
  })

  it('are made and revoked by JSON too, but never by a token or by somebody else', async () => {
    const account = await addPerson(web)
    const [browser, stranger] = [await visit(account), await visit(await addPerson(web))]
    const made = await browser.json('POST', '/api/me/tokens', { name: 'x' })
    expect(made.status).toBe(201)
    const { id, token } = (await made.json()) as { id: number; token: string }
    const headers = { authorization: `Bearer ${token}` }
    const byToken = await (await visit()).json('POST', '/api/me/tokens', { name: 'y' }, headers)
    expect([byToken.status, await byToken.json()]).toEqual([403, expect.objectContaining({ title: 'not-allowed' })])
    expect((await stranger.json('DELETE', `/api/me/tokens/${id}`)).status).toBe(404)
    expect((await browser.json('DELETE', `/api/me/tokens/${id}`)).status).toBe(204)
    const nameless = await browser.post('/settings/tokens', { name: ' ', expiresInDays: '30' })
    expect([nameless.status, await nameless.text()]).toEqual([422, expect.stringContaining('Give it a name')])
  })
})

describe('a person', () => {
  const did = 'did:plc:bbbbbbbbbbbbbbbbbbbbbbbb'

  it('is found by handle, DID and number, with the profile the network knows', async () => {
    const { id } = await addPerson(web, { did, handle: 'bea.example', isShadow: true })
    const set = { display_name: 'Bea', bio: 'Hi', avatar_cid: 'bafkreiavatar', followers_count: 5, following_count: 3 }
    await web.services.db.updateTable('accounts').set(set).where('id', '=', id).execute()
    const browser = await visit()
    const answers = await Promise.all(
      ['bea.example', 'BEA.example', did, String(id)].map(async (name) =>
        (await browser.get(`/api/users/${name}`)).json(),
      ),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toEqual({
      id,
      did,
      handle: 'bea.example',
      displayName: 'Bea',
      avatar: `http://127.0.0.1:3999/img/${did}/bafkreiavatar/avatar`,
      banner: '',
      bio: 'Hi',
      followersCount: 5,
      followingCount: 3,
      isVerified: true,
      isShadow: true,
      repoStatus: 'active',
      refreshedAt: null,
      url: 'http://127.0.0.1:3999/u/bea.example',
    })
    for (const name of ['nobody.example', 'did:plc:nobody', '0', '%00', 'a b']) {
      expect([404, 422]).toContain((await browser.get(`/api/users/${name}`)).status)
    }
  })

  it('has preferences for their own eyes only, and no mail address for others', async () => {
    const account = await addPerson(web, { email: newAddress() })
    const [own, other] = [await visit(account), await visit(await addPerson(web))]
    const path = `/api/users/${account.id}`
    const bluesky = { connected: false, did: null, handle: null, connectedAt: null }
    expect(await (await own.get(path)).json()).toMatchObject({ preferences: { bluesky } })
    expect(await (await other.get(path)).text()).not.toMatch(/preferences|@example.org/)
  })

  it('keeps a profile whose server is away, and is not asked for without end', async () => {
    await addPerson(web, { did: 'did:plc:cccccccccccccccccccccccc', handle: 'cay.example' })
    const browser = await visit(await addPerson(web))
    const refresh = () => browser.json('POST', '/api/users/cay.example/refresh-profile')
    expect(await (await refresh()).json()).toMatchObject({ handle: 'cay.example', refreshed: false })
    const statuses = await Promise.all([1, 2, 3, 4, 5].map(async () => (await refresh()).status))
    expect(statuses).toContain(429)
  })

  it('claims only what they have proved to own', async () => {
    const headers = await bearer(web, await addPerson(web, { email: newAddress() }))
    const response = await (await visit()).json('POST', '/api/auth/bluesky/claim-account', { did }, headers)
    expect([response.status, await response.json()]).toEqual([
      409,
      expect.objectContaining({ title: 'needs-reconnect' }),
    ])
  })
})
