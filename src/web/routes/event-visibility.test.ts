import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent, pretendPublished } from '../../../testkit/test-events.ts'
import { type TestBrowser, type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import type { EventInput } from '../../events/event-input.ts'
import type { EventRow } from '../../events/event-row.ts'
import { answerEvent } from '../../rsvps/write-rsvp.ts'
import { eventRoutes } from './event-routes.ts'

/** `link`: on its own pages, for everybody; `list`: in lists too. */
type Reach = 'list' | 'link' | 'owner' | 'owner and admin'
type Kind = { reach: Reach; input?: Partial<EventInput>; after?: string; ownerAfter?: string }

const kinds: Record<string, Kind> = {
  public: { reach: 'list' },
  unlisted: { reach: 'link', input: { visibility: 'unlisted' } },
  private: { reach: 'owner', input: { visibility: 'private' } },
  draft: { reach: 'owner', input: { draft: true } },
  hidden: { reach: 'owner and admin', after: `hidden_reason = 'moderation'` },
  'hidden and private': { reach: 'owner', after: `hidden_reason = 'moderation', visibility = 'private'` },
  'made private after it was published': { reach: 'owner', after: `visibility = 'private'` },
  'of somebody who asked not to be listed': { reach: 'owner and admin', ownerAfter: 'unlisted_at = now()' },
  'of somebody whose repo is away': { reach: 'link', ownerAfter: `repo_status = 'deactivated'` },
}

type Viewer = 'nobody' | 'stranger' | 'owner' | 'admin'
const viewers: Viewer[] = ['nobody', 'stranger', 'owner', 'admin']
const accounts: Partial<Record<Viewer, AccountRow>> = {}
let web: TestWeb
let guest: AccountRow
const cases = new Map<string, { event: EventRow; owner: AccountRow; browsers: Record<Viewer, TestBrowser> }>()

beforeAll(async () => {
  web = await openTestWeb()
  accounts.stranger = await addPerson(web, { did: newDid(), handle: 'stranger.example' })
  accounts.admin = await addPerson(web, { did: newDid(), handle: 'admin.example', isAdmin: true })
  guest = await addPerson(web, { did: newDid(), handle: 'guest.example' })
  for (const [i, [name, kind]] of Object.entries(kinds).entries()) await addCase(`Secret${i}`, name, kind)
})
afterAll(async () => web[Symbol.asyncDispose]())

/** The event as it was while it was public, with a record and a guest; then it becomes what the case says. */
async function addCase(word: string, name: string, { input, after, ownerAfter }: Kind): Promise<void> {
  const { db } = web.services
  const owner = await addPerson(web, { did: newDid(), handle: `${word.toLowerCase()}.example` })
  const event = await addEvent(web, owner, { name: `${word} supper`, description: `${word} soup`, ...input })
  if (event.uri) await pretendPublished(web, event.uri, { name: event.name })
  if (!event.is_draft) await answerEvent(db, guest, { eventId: event.id, answer: { status: 'going' } })
  if (after) await sql`update events set ${sql.raw(after)} where id = ${event.id}`.execute(db)
  if (ownerAfter) await sql`update accounts set ${sql.raw(ownerAfter)} where id = ${owner.id}`.execute(db)
  const browsers: Partial<Record<Viewer, TestBrowser>> = {}
  for (const viewer of viewers)
    browsers[viewer] = await openBrowser(web, eventRoutes, viewer === 'owner' ? owner : accounts[viewer])
  cases.set(name, { event, owner, browsers: browsers as Record<Viewer, TestBrowser> })
}

function getCase(name: string) {
  const found = cases.get(name)
  if (!found) throw new Error(`no case ${name}`)
  return found
}

const maySee = (reach: Reach, viewer: Viewer) =>
  reach === 'list' || reach === 'link' || viewer === 'owner' || (reach === 'owner and admin' && viewer === 'admin')

describe.each(Object.entries(kinds))('an event that is %s', (name, { reach }) => {
  const ownPages = (slug: string) => [
    `/events/${slug}`,
    `/events/${slug}.ics`,
    `/events/${slug}/guests`,
    `/api/events/${slug}`,
    `/api/events/${slug}/rsvps`,
  ]

  it.each(viewers)('opens its own pages for %s or says there is nothing', async (viewer) => {
    const { event, browsers } = getCase(name)
    for (const path of ownPages(event.slug)) {
      const response = await browsers[viewer].get(path)
      const text = await response.text()
      expect([path, response.status]).toEqual([path, maySee(reach, viewer) ? 200 : 404])
      expect(maySee(reach, viewer) || !text.includes(event.name)).toBe(true)
    }
  })

  it.each(viewers)('answers %s nothing to what only those may do who see it', async (viewer) => {
    if (viewer === 'nobody' || maySee(reach, viewer)) return
    const { event, browsers } = getCase(name)
    const browser = browsers[viewer]
    const path = `/events/${event.slug}`
    const tries = [
      await browser.post(`${path}/rsvp`, { status: 'going' }),
      await browser.post(`${path}/withdraw`),
      await browser.post(`${path}/delete`),
      await browser.json('PUT', `/api${path}/rsvp`, { status: 'going' }),
      await browser.json('PATCH', `/api${path}`, { name: 'Mine now' }),
      await browser.json('DELETE', `/api${path}`),
      await browser.json('POST', `/api${path}/sync`),
      await browser.get(`/api${path}/conflicts`),
    ]
    expect(tries.map(({ status }) => status)).toEqual(tries.map(() => 404))
  })

  it.each(viewers)('shows %s its record only as far as the event', async (viewer) => {
    const { event, owner, browsers } = getCase(name)
    if (!event.uri) return
    const response = await browsers[viewer].get(`/at/${event.uri.slice('at://'.length)}`)
    // The record of somebody who is away, or asked not to be shown, is theirs only.
    const isAway = name.startsWith('of somebody')
    expect(response.status).toBe((isAway ? viewer === 'owner' : maySee(reach, viewer)) ? 200 : 404)
    expect(owner.did).toBe(event.uri.split('/')[2])
  })

  it.each(viewers)('stands for %s in no list but where it belongs', async (viewer) => {
    const { event, owner, browsers } = getCase(name)
    const lists = [
      '/',
      `/?q=${event.name.split(' ')[0]}`,
      `/?q=soup&when=month`,
      '/?source=here&when=week',
      `/api/events?limit=100`,
      `/api/events?q=${event.name.split(' ')[0]}`,
      `/u/${owner.did}`,
      `/api/users/${owner.did}/events`,
      '/u/guest.example?tab=going',
      '/api/users/guest.example/events?tab=going',
    ]
    for (const path of lists) {
      const text = await (await browsers[viewer].get(path)).text()
      const isListed = text.includes(`${event.name.split(' ')[0]} supper`)
      expect([path, isListed]).toEqual([path, reach === 'list'])
    }
  })

  it('tells search engines of it only where it is public', async () => {
    const { event, browsers } = getCase(name)
    const html = await (await browsers.owner.get(`/events/${event.slug}`)).text()
    const isPublic = reach === 'list' || name === 'of somebody whose repo is away'
    expect(html.includes('application/ld+json')).toBe(isPublic)
    expect(html.includes('content="noindex"')).toBe(!isPublic)
  })
})

it('an event of somebody who asked not to be listed stays open for those who answered it', async () => {
  const { event } = getCase('of somebody who asked not to be listed')
  const browser = await openBrowser(web, eventRoutes, guest)
  const page = await browser.get(`/events/${event.slug}`)
  expect([page.status, (await page.text()).includes('application/ld+json')]).toEqual([200, false])
  expect((await browser.json('PUT', `/api/events/${event.slug}/rsvp`, { status: 'going' })).status).toBe(200)
})

describe('what only its owner sees', () => {
  it('stands under "My events"', async () => {
    const { event, browsers } = getCase('private')
    expect(await (await browsers.owner.get('/me/events')).text()).toContain(event.name)
    const draft = getCase('draft')
    expect(await (await draft.browsers.owner.get('/me/events?tab=drafts')).text()).toContain(draft.event.name)
    expect(await (await draft.browsers.owner.get('/me/events')).text()).not.toContain(draft.event.name)
  })

  it('is not among what a guest goes to any more', async () => {
    const browser = await openBrowser(web, eventRoutes, guest)
    const text = await (await browser.get('/api/me/events?tab=going&limit=100')).text()
    expect(text).toContain(getCase('public').event.name)
    expect(text).toContain(getCase('unlisted').event.name)
    for (const name of ['made private after it was published', 'hidden', 'draft'])
      expect(text).not.toContain(getCase(name).event.name)
  })
})
