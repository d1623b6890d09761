import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestBrowser, type TestWeb, openBrowser, openTestWeb } from '../testkit/test-web.ts'
import { signInRoutes } from '../src/web/routes/sign-in-routes.tsx'
import { findSessionState } from '../src/atproto/oauth-session-state.ts'
import { createDemoRoutes } from './demo-routes.tsx'
import { approve, sandboxPassword } from './net.ts'
import { type Network, startNetwork } from './network.ts'
import { OtherApp } from './other-app.ts'
import { findFreePort } from './ports.ts'
import { Traffic } from './traffic.ts'

let dataDir: string
let network: Network
let web: TestWeb
let browser: TestBrowser
let app: OtherApp
let ada: string

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'openmeet-demo-routes-'))
  network = await startNetwork({ ports: { pds: await findFreePort() }, dataDir })
  app = new OtherApp(network.pds)
  ada = await app.signUp('ada.test')
  const cast = [{ handle: 'ada.test', did: ada, password: sandboxPassword, name: 'Ada <b>Lovelace' }]
  web = await openTestWeb({ plcUrl: network.plc.url, pdsUrl: network.pds.url })
  browser = await openBrowser(web, [...createDemoRoutes({ network, cast }), ...signInRoutes])
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

/** Posts a form of the demo page and answers what the page then says. */
async function act(address: string, fields: Record<string, string>): Promise<{ outcome: string; html: string }> {
  const response = await browser.post(address, fields)
  const location = response.headers.get('location') ?? ''
  expect(response.status).toBe(303)
  const outcome = new URL(location, 'http://x').searchParams.get('outcome') ?? ''
  return { outcome, html: await (await browser.get(location.split('#')[0] ?? '')).text() }
}

const zone = 'Europe/Lisbon'

test('an event is written, renamed, answered, told again and deleted as by another app', async () => {
  const start = '2027-06-01T19:00'
  const fields = { did: ada, name: 'Tea & <script>', start, zone, place: 'Garden' }
  const { outcome, html } = await act('/demo/events', fields)
  expect(outcome).toBe('created')
  expect(html).toContain('Tea &amp; &lt;script>')
  expect(html).toContain('Ada &lt;b>Lovelace')
  const [event] = await app.listRecords(ada)
  const uri = event?.uri ?? ''
  expect(event?.value).toMatchObject({
    startsAt: '2027-06-01T18:00:00.000Z',
    timezone: zone,
    locations: [{ name: 'Garden' }],
  })
  expect((await act('/demo/records', { uri, 'new-name': 'Coffee', act: 'rename' })).outcome).toBe('renamed')
  expect((await app.readRecord(uri)).value).toMatchObject({ name: 'Coffee', timezone: zone })
  const answer = { 'answer-did': ada, 'answer-uri': uri, status: 'interested' }
  expect((await act('/demo/answers', answer)).outcome).toBe('answered')
  expect((await act('/demo/records', { uri, 'new-name': '', act: 'replay' })).outcome).toBe('replayed')
  const deleted = await act('/demo/records', { uri, 'new-name': '', act: 'delete' })
  expect(deleted.html).not.toContain('Coffee')
})

test('what cannot be done is said, and nothing breaks', async () => {
  expect((await act('/demo/events', { did: ada, name: 'A', start: 'soon', zone, place: '' })).outcome).toBe(
    'start-unreadable',
  )
  expect(
    (await act('/demo/events', { did: 'did:plc:nobody', name: 'A', start: '2027-06-01T19:00', zone, place: '' }))
      .outcome,
  ).toBe('refused')
  expect((await act('/demo/records', { uri: 'nonsense', 'new-name': 'A', act: 'rename' })).outcome).toBe('refused')
  const gone = `at://${ada}/community.lexicon.calendar.event/3aaaaaaaaaaaa`
  expect((await act('/demo/records', { uri: gone, 'new-name': 'A', act: 'rename' })).outcome).toBe('record-missing')
  expect((await act('/demo/records', { uri: gone, 'new-name': '', act: 'replay' })).outcome).toBe('forgotten')
  expect((await browser.get('/demo?outcome=constructor&uri=x')).status).toBe(200)
})

test('the PDS can be stopped and started', async () => {
  const stopped = await act('/demo/pds', { wanted: 'stopped' })
  expect(stopped.html).toContain('Start the PDS')
  expect((await act('/demo/sessions/end', { did: ada })).outcome).toBe('pds-away')
  const started = await act('/demo/pds', { wanted: 'running' })
  expect(started.html).toContain('Stop the PDS')
})

test('a session that the PDS ends cannot be used or refreshed any more', async () => {
  expect((await act('/demo/sessions/end', { did: ada })).outcome).toBe('no-session')
  const leaving = await browser.post('/sign-in', { identifier: 'ada.test', return_to: '/' })
  const back = new URL(await approve(leaving.headers.get('location') ?? '', 'ada.test'))
  expect((await browser.get(`${back.pathname}${back.search}`)).status).toBe(303)
  const { oauth, db } = web.services
  const getSession = async () => (await oauth.pdsSession(ada)).fetch('/xrpc/com.atproto.server.getSession')
  expect((await getSession()).status).toBe(200)
  expect((await act('/demo/sessions/end', { did: ada })).outcome).toBe('session-ended')
  await expect(getSession()).rejects.toMatchObject({ name: 'SessionGoneError' })
  expect(await findSessionState(db, ada)).toMatchObject({ state: 'needs-reconnect' })
})

test('traffic stays within its bounds and leaves the events of others alone', async () => {
  const mine = await app.createEvent(ada, { name: 'Not yours' })
  const grace = await app.signUp('grace.test')
  const traffic = new Traffic({ app, dids: [ada, grace], everyMs: 1 })
  const until = network.relay.lastSeq + 26
  while (network.relay.lastSeq < until) await new Promise((resolve) => setTimeout(resolve, 20))
  await traffic[Symbol.asyncDispose]()
  const events = (await Promise.all([ada, grace].map((did) => app.listRecords(did)))).flat()
  expect(events.filter(({ value }) => value['createdWith'] === 'https://chatter.example').length).toBeLessThanOrEqual(6)
  expect(await app.readRecord(mine.uri)).toMatchObject({ cid: mine.cid })
})
