import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountRow } from '../src/accounts/account.ts'
import { createLog } from '../src/base/log.ts'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import type { EventInput } from '../src/events/event-input.ts'
import type { EventRow } from '../src/events/event-row.ts'
import { createEvent, updateEvent } from '../src/events/write-event.ts'
import { ImageProxy } from '../src/media/image-proxy.ts'
import { storePicture } from '../src/media/store-picture.ts'
import { answerEvent } from '../src/rsvps/write-rsvp.ts'
import { buildAssets } from '../src/web/assets.ts'
import { LiveHub } from '../src/web/kernel/live-hub.ts'
import type { Route } from '../src/web/kernel/route.ts'
import { eventRoutes } from '../src/web/routes/event-routes.ts'
import { siteRoutes } from '../src/web/routes/site-routes.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'
import { type TestBrowser, type TestWeb, addPerson, bearer, openBrowser } from '../testkit/test-web.ts'

// Words that nobody may find anywhere but their owner. Each is planted in one place, so that a leak names its source.
const secrets = {
  private: ['Zyxprivname', 'zyxprivtext', 'zyxprivplace', 'zyxprivlink', 'zyxprivquestion', 'zyxprivalt'],
  draft: ['Zyxdraftname', 'zyxdrafttext', 'zyxdraftplace', 'zyxdraftlink', 'zyxdraftquestion', 'zyxdraftalt'],
  was: ['Zyxwasname', 'zyxwastext', 'zyxwasplace', 'zyxwaslink', 'zyxwasquestion', 'zyxwasalt'],
  /** Whoever has the link may read them, on its own pages. */
  unlisted: ['Zyxlinkname', 'zyxlinktext', 'zyxlinkplace', 'zyxlinklink', 'zyxlinkquestion', 'zyxlinkalt'],
  people: ['zyxownermail', 'zyxguestmail', 'zyxanswertext'],
}
const never = [...secrets.private, ...secrets.draft, ...secrets.was, ...secrets.people]
const routes: readonly Route[] = [...siteRoutes, ...eventRoutes]

const logged: string[] = []
let site: TestSite
let web: TestWeb
let ana: AccountRow & { did: string }
let guest: AccountRow & { did: string }
const events: Record<string, EventRow> = {}
const tokens: string[] = []
type Caller = { name: string; browser: TestBrowser; headers: Record<string, string> }
const callers: Caller[] = []

beforeAll(async () => {
  const log = createLog({ level: 'debug', stream: { write: (line) => logged.push(line) } })
  site = await startTestSite({}, { log })
  const { db } = site.services
  const images = new ImageProxy(db, () => Promise.reject(new Error('no server is known')))
  const own = { images, assets: await buildAssets(), hub: new LiveHub(), checks: [] }
  web = { ...site, testDb: site.open, services: { ...site.services, ...own } }
  ana = await site.newPerson('ana')
  guest = await site.newPerson('gwen')
  await setMail(ana, 'zyxownermail@example.org')
  await setMail(guest, 'zyxguestmail@example.org')
}, 90_000)
afterAll(() => site?.[Symbol.asyncDispose]())

const setMail = ({ id }: AccountRow, email: string) =>
  site.services.db.updateTable('accounts').set({ email }).where('id', '=', id).execute()

async function plant(words: readonly string[], input: Partial<EventInput>): Promise<EventRow> {
  const [name = '', text = '', place = '', link = '', question = '', alt = ''] = words
  const { db } = site.services
  const background = { r: words.length * name.length, g: name.charCodeAt(3), b: name.charCodeAt(4) }
  const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer()
  const { cid } = await storePicture(db, { accountId: ana.id, bytes })
  return createEvent(db, ana, {
    name: `${name} supper`,
    description: `We eat ${text}.`,
    startsAt: '2031-05-02T18:00Z',
    locations: [{ kind: 'address', name: place, country: 'DE' }],
    uris: [{ uri: `https://example.org/${link}` }],
    approval: true,
    approvalQuestion: question,
    picture: { cid, alt },
    ...input,
  })
}

async function addCallers(): Promise<void> {
  const stranger = await addPerson(web, { email: 'stranger@example.org' })
  const tokenOf = async (account: AccountRow) => {
    const headers = await bearer(web, account)
    tokens.push(headers.authorization.replace('Bearer ', ''))
    return headers
  }
  await tokenOf(ana)
  callers.push({ name: 'nobody', browser: await openBrowser(web, routes), headers: {} })
  callers.push({ name: 'a stranger', browser: await openBrowser(web, routes, stranger), headers: {} })
  callers.push({ name: 'a guest', browser: await openBrowser(web, routes, guest), headers: {} })
  callers.push({ name: 'a program', browser: await openBrowser(web, routes), headers: await tokenOf(stranger) })
}

/** Every path a route has for what is planted. */
function pathsOf({ path }: Route): string[] {
  const [, , , , rkey = ''] = (events['was']?.uri ?? '').split('/')
  const picture = pictureOf('private')
  const one: Record<string, string[]> = {
    slug: Object.values(events).map(({ slug }) => slug),
    handleOrDid: [ana.did, 'ana.test', guest.did, String(ana.id)],
    did: [ana.did],
    id: [String(ana.id), String(events['private']?.id)],
    accountId: [String(guest.id)],
    collection: [eventCollection],
    rkey: [rkey],
    cid: [picture],
  }
  const names = [...path.matchAll(/:(\w+)(\{[^}]*\})?/g)].map(([whole, name = '']) => ({ whole, name }))
  const all = names.reduce(
    (paths, { whole, name }) =>
      paths.flatMap((text) =>
        (one[name] ?? ['unknown']).map((value) => text.replace(whole, whole.includes('ics') ? `${value}.ics` : value)),
      ),
    [path],
  )
  return path === '/live' ? [`/live?topic=event:${events['private']?.id}&topic=account:${ana.id}&since=0`] : all
}

/** With what a list may be asked, too; a search shows its own words, so it is asked for others than are looked for. */
const queries: Record<string, string[]> = {
  '/': ['?q=supper', '?q=eat&when=month', '?source=here', '?when=past', '?mode=inperson&q=supper'],
  '/api/events': ['?q=supper', '?q=eat&limit=100', '?when=past&limit=100'],
  '/u/:handleOrDid': ['?tab=past', '?tab=going'],
  '/api/users/:handleOrDid/events': ['?tab=going', '?tab=past', '?limit=100'],
}

async function read(response: Response): Promise<string> {
  const headers = [...response.headers].flat().join('\n')
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return headers + (await response.text())
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return headers + new TextDecoder().decode(value)
}

function ask({ method, path: pattern, kind, body }: Route, path: string, { browser, headers }: Caller) {
  browser.remoteAddress = `198.51.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`
  if (method === 'GET') return browser.get(path, headers)
  const input = {
    name: 'x',
    status: 'going',
    identifier: 'ana.test',
    email: 'new@example.org',
    conflictId: '1',
    choice: 'ours',
  }
  if (kind === 'page') return browser.post(path, pattern.includes('/sign-in') ? { handle: 'nobody.test' } : input)
  return browser.json(method, path, body ? input : undefined, headers)
}

const found = (text: string, words: readonly string[]) =>
  words.filter((word) => text.toLowerCase().includes(word.toLowerCase()))

function walk() {
  return routes
    .filter(({ path }) => path !== '/sign-out/everywhere')
    .flatMap((route) => pathsOf(route).map((path) => ({ route, path })))
    .flatMap(({ route, path }) => ['', ...(queries[route.path] ?? [])].map((query) => ({ route, path: path + query })))
    .flatMap((one) => callers.map((caller) => ({ ...one, caller })))
}

function hiddenFrom({ name }: Caller, path: string): string[] {
  // A guest knows their own mail address and answer.
  const own = name === 'a guest' ? ['zyxguestmail', 'zyxanswertext'] : []
  const isLinked = path.includes(events['unlisted']?.slug ?? '-')
  return [...never.filter((word) => !own.includes(word)), ...(isLinked ? [] : secrets.unlisted), ...tokens]
}

const pictureOf = (name: string) => (events[name]?.picture as { cid: string } | undefined)?.cid ?? ''

describe('what is private', () => {
  it('is planted, and its owner finds it', async () => {
    const { db } = site.services
    events['private'] = await plant(secrets.private, { visibility: 'private' })
    events['draft'] = await plant(secrets.draft, { draft: true })
    events['unlisted'] = await plant(secrets.unlisted, { visibility: 'unlisted' })
    events['was'] = await plant(secrets.was, {})
    const open = await createEvent(db, ana, { name: 'Open day', startsAt: '2031-05-01T10:00Z', approval: true })
    events['open'] = open
    for (const { id } of [open, events['was'], events['unlisted']])
      await answerEvent(db, guest, { eventId: id, answer: { status: 'going', answer: 'zyxanswertext' } })
    await site.settled()
    await updateEvent(db, ana, { id: events['was'].id, patch: { visibility: 'private' } })
    await site.settled()
    await addCallers()
    const owner = await openBrowser(web, routes, ana)
    for (const name of ['private', 'draft', 'was', 'unlisted'] as const) {
      const { slug } = events[name] ?? {}
      const text = await (await owner.json('GET', `/api/events/${slug}`)).text()
      expect(found(text, secrets[name])).toEqual(secrets[name])
    }
    expect(
      await (await owner.json('GET', `/api/events/${events['open']?.slug}/rsvps?status=pending`)).text(),
    ).toContain('zyxanswertext')
  }, 60_000)

  it('stands in no answer of any route, whoever asks', async () => {
    const leaks: string[] = []
    const statuses: number[] = []
    for (const { route, path, caller } of walk()) {
      const response = await ask(route, path, caller)
      statuses.push(response.status)
      const told = found(await read(response), hiddenFrom(caller, path))
      // What its own path says is not told by the answer.
      const leaked = told.filter((word) => found(path, [word]).length === 0)
      leaks.push(...leaked.map((word) => `${word}: ${route.method} ${path} as ${caller.name}`))
    }
    // What is turned away before anything is looked up proves nothing.
    expect(statuses.filter((status) => status === 429).length).toBeLessThan(statuses.length / 20)
    expect(statuses.filter((status) => status === 500)).toEqual([])
    // "My events" of a guest lists what they have answered, by the link they were given.
    const isOwnList = (leak: string) => leak.endsWith('as a guest') && /\/me\/events|\/api\/me\/events/.test(leak)
    expect(leaks.filter((leak) => !isOwnList(leak))).toEqual([])
    expect(leaks.filter((leak) => isOwnList(leak) && !/^zyxlink/i.test(leak))).toEqual([])
  }, 240_000)

  it('is in no record, and no blob, of anybody’s repo', async () => {
    for (const { did } of [ana, guest])
      for (const collection of [eventCollection, rsvpCollection]) {
        const records = await site.app.listRecords(did, collection)
        expect(found(JSON.stringify(records), [...never, ...secrets.unlisted, ...tokens])).toEqual([])
        expect(JSON.stringify(records)).not.toMatch(/@example\.org/)
      }
    const query = new URLSearchParams({ did: ana.did })
    const answer = await fetch(`${site.network.urls.pdsUrl}/xrpc/com.atproto.sync.listBlobs?${query}`)
    const { cids } = (await answer.json()) as { cids: string[] }
    for (const name of ['private', 'draft', 'unlisted']) expect(cids).not.toContain(pictureOf(name))
  })

  it('is in no line of the log, no metric and nobody else’s mail', async () => {
    expect(logged.length).toBeGreaterThan(0)
    expect(logged.filter((line) => found(line, [...never, ...secrets.unlisted, ...tokens]).length > 0)).toEqual([])
    const metrics = await site.services.metrics.registry.metrics()
    expect(found(metrics, [...never, ...secrets.unlisted, ...tokens])).toEqual([])
    const mails = (await (await fetch(`${site.network.urls.mailUrl}/messages`)).json()) as { to: string }[]
    for (const mail of mails.filter(({ to }) => !to.includes('zyx')))
      expect(found(JSON.stringify(mail), [...never, ...secrets.unlisted, ...tokens])).toEqual([])
  })

  it('is not told by what happens to it: a stranger who follows its topic is told of nothing but its number', async () => {
    const topics: string[] = []
    const { db, database } = site.services
    const listening = await database.listen('live', { onNotice: (topic) => void topics.push(topic), onGap: () => {} })
    await updateEvent(db, ana, { id: events['private']?.id ?? 0, patch: { description: 'We eat zyxprivtext twice' } })
    await expect.poll(() => topics.length).toBeGreaterThan(0)
    await listening[Symbol.asyncDispose]()
    expect(topics.filter((topic) => !/^(?:event|account):\d+$/.test(topic))).toEqual([])
  })
})
