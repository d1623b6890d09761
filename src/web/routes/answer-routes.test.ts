import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent, hoursFromNow } from '../../../testkit/test-events.ts'
import { type TestBrowser, type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import type { EventInput } from '../../events/event-input.ts'
import type { EventRow } from '../../events/event-row.ts'
import { eventRoutes } from './event-routes.ts'

type Person = { account: AccountRow; browser: TestBrowser }

let web: TestWeb
let host: Person
let guests: Person[]
beforeAll(async () => {
  web = await openTestWeb()
  host = await addGuest('host')
  guests = await Promise.all(['ana', 'bo', 'cleo', 'dan'].map(addGuest))
})
afterAll(async () => web[Symbol.asyncDispose]())

async function addGuest(name: string): Promise<Person> {
  const account = await addPerson(web, { did: newDid(), handle: `${name}.example`, email: `${name}@secret.example` })
  return { account, browser: await openBrowser(web, eventRoutes, account) }
}

const guest = (i: number) => guests[i] as Person

async function open(input: Partial<EventInput> = {}): Promise<EventRow> {
  return addEvent(web, host.account, input)
}

async function answer(person: Person, event: EventRow, body: object) {
  const response = await person.browser.json('PUT', `/api/events/${event.slug}/rsvp`, body)
  return { status: response.status, body: (await response.json()) as { place: string; counts: Record<string, number> } }
}

async function flashAfter(person: Person, event: EventRow, fields: Record<string, string>): Promise<string> {
  const response = await person.browser.post(`/events/${event.slug}/rsvp`, fields)
  expect(response.headers.get('location')).toBe(`/events/${event.slug}#rsvp`)
  return /flash=([a-z-]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? ''
}

describe('an answer on the page', () => {
  it('is given, changed and taken back, with the count beside it', async () => {
    const event = await open()
    const page = async () => (await guest(0).browser.get(`/events/${event.slug}`)).text()
    expect(await page()).toContain('Are you coming?')
    expect(await flashAfter(guest(0), event, { status: 'going' })).toBe('answer-saved')
    expect(await page()).toContain('You’re going')
    expect(await flashAfter(guest(0), event, { status: 'going', guests: '2' })).toBe('answer-saved')
    expect(await page()).toContain('3 going')
    await flashAfter(guest(0), event, { status: 'interested' })
    expect(await page()).toContain('1 interested')
    const withdrawn = await guest(0).browser.post(`/events/${event.slug}/withdraw`)
    expect(withdrawn.headers.get('set-cookie')).toContain('answer-withdrawn')
    expect(await page()).toContain('Are you coming?')
  })

  it('leads somebody who is not signed in through signing in and back', async () => {
    const event = await open()
    const visitor = await openBrowser(web, eventRoutes)
    const response = await visitor.post(`/events/${event.slug}/rsvp`, { status: 'going' })
    const location = new URL(response.headers.get('location') ?? '', 'http://x')
    expect(Object.fromEntries(location.searchParams)).toEqual({
      return_to: `/events/${event.slug}#rsvp`,
      reason: 'answer',
    })
  })

  it('is ordered to be written where both are on the network, and only there', async () => {
    const uriOf = async (event: EventRow) =>
      (await web.services.db.selectFrom('rsvps').select('uri').where('event_id', '=', event.id).executeTakeFirst())?.uri
    const event = await open()
    await answer(guest(0), event, { status: 'going' })
    expect(await uriOf(event)).toContain(guest(0).account.did)
    const quiet = await open({ visibility: 'unlisted' })
    await answer(guest(0), quiet, { status: 'going' })
    expect(await uriOf(quiet)).toBeNull()
  })
})

describe('an answer by the API', () => {
  it('says where it stands and how many come', async () => {
    const event = await open()
    expect(await answer(guest(0), event, { status: 'going', guests: 1 })).toMatchObject({
      status: 200,
      body: { status: 'going', place: 'confirmed', guests: 1, counts: { going: 2 } },
    })
    expect((await guest(0).browser.json('DELETE', `/api/events/${event.slug}/rsvp`)).status).toBe(204)
    const list = await guest(0).browser.get(`/api/events/${event.slug}/rsvps`)
    expect(await list.json()).toEqual({ items: [], counts: expect.objectContaining({ going: 0 }) })
  })

  it.each<[string, Partial<EventInput>, object, number]>([
    ['of no known word', {}, { status: 'maybe' }, 422],
    ['that names its own place', {}, { status: 'going', place: 'confirmed' }, 422],
    ['with more guests than may come', {}, { status: 'going', guests: 99 }, 422],
    [
      'without the answer that the host asks for',
      { approval: true, approvalQuestion: 'Why?' },
      { status: 'going' },
      422,
    ],
    ['to an event that asks for none', { rsvpExpected: false }, { status: 'going' }, 409],
    ['to one that is cancelled', { status: 'cancelled' }, { status: 'going' }, 409],
    [
      'to one that is over',
      { startsAt: hoursFromNow(-5).toISOString(), endsAt: hoursFromNow(-1).toISOString() },
      { status: 'going' },
      409,
    ],
    ['after its deadline', { rsvpDeadline: hoursFromNow(-1).toISOString() }, { status: 'going' }, 409],
  ])('%s is refused', async (_, input, body, status) => {
    const event = await open(input)
    expect((await answer(guest(0), event, body)).status).toBe(status)
  })

  it('to an event of today is taken until the day is over', async () => {
    const yesterday = hoursFromNow(-20).toISOString().slice(0, 10)
    const event = await open({ startsAt: yesterday, endsAt: new Date().toISOString().slice(0, 10) })
    expect((await answer(guest(0), event, { status: 'going' })).status).toBe(200)
  })

  it('is not taken from nobody', async () => {
    const event = await open()
    const visitor = await openBrowser(web, eventRoutes)
    expect((await visitor.json('PUT', `/api/events/${event.slug}/rsvp`, { status: 'going' })).status).toBe(401)
  })
})

describe('places', () => {
  it('are given to who comes first; the next wait, and move up', async () => {
    const event = await open({ capacity: 2, waitlist: true })
    expect((await answer(guest(0), event, { status: 'going', guests: 1 })).body.place).toBe('confirmed')
    expect(await flashAfter(guest(1), event, { status: 'going' })).toBe('answer-waitlisted')
    expect(await answer(guest(2), event, { status: 'going' })).toMatchObject({
      body: { place: 'waitlisted', waitlistPosition: 2, counts: { going: 2, waitlisted: 2 } },
    })
    const page = await (await guest(2).browser.get(`/events/${event.slug}`)).text()
    expect(page).toContain('2nd in line')
    await guest(0).browser.json('DELETE', `/api/events/${event.slug}/rsvp`)
    const list = await guest(0).browser.get(`/api/events/${event.slug}/rsvps`)
    const { items } = (await list.json()) as { items: { person: { handle: string } }[] }
    expect(items.map(({ person }) => person.handle).sort()).toEqual(['bo.example', 'cleo.example'])
  })

  it('are enough for those who wait once the host has made more', async () => {
    const event = await open({ capacity: 1, waitlist: true })
    for (const i of [0, 1, 2]) await answer(guest(i), event, { status: 'going' })
    const patched = await host.browser.json('PATCH', `/api/events/${event.slug}`, { capacity: 2 })
    expect(await patched.json()).toMatchObject({ counts: { going: 2, waitlisted: 1 } })
    const unlimited = await host.browser.json('PATCH', `/api/events/${event.slug}`, { capacity: null, waitlist: false })
    expect(await unlimited.json()).toMatchObject({ counts: { going: 3, waitlisted: 0 } })
  })

  it('are not given away twice: without a waitlist a full event says so', async () => {
    const event = await open({ capacity: 1 })
    const tries = await Promise.all(guests.map((person) => answer(person, event, { status: 'going' })))
    expect(tries.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409])
    const page = await (await openBrowser(web, eventRoutes)).get(`/events/${event.slug}`)
    expect(await page.text()).toContain('Every place is taken.')
  })
})

describe('a host who lets people in', () => {
  it('sees who asks and what they say; nobody else does', async () => {
    const event = await open({ approval: true, approvalQuestion: 'What do you build?' })
    expect(await flashAfter(guest(0), event, { status: 'going', answer: 'A feed reader' })).toBe('answer-pending')
    const path = `/events/${event.slug}/guests?tab=pending`
    const page = await (await host.browser.get(path)).text()
    expect(page).toContain('A feed reader')
    expect(page).toContain('Approve ana.example')
    for (const browser of [guest(1).browser, await openBrowser(web, eventRoutes)]) {
      expect(await (await browser.get(path)).text()).not.toMatch(/A feed reader|ana\.example/)
      const { status } = await browser.get(`/api${path.replace('/guests?tab', '/rsvps?status')}`)
      expect(status).toBe(403)
    }
  })

  it('says yes or no, on the page and by the API', async () => {
    const event = await open({ approval: true })
    for (const i of [0, 1]) await answer(guest(i), event, { status: 'going' })
    const fields = { accountId: String(guest(0).account.id), decision: 'approve', tab: 'pending' }
    const response = await host.browser.post(`/events/${event.slug}/approve`, fields)
    expect(response.headers.get('location')).toBe(`/events/${event.slug}/guests?tab=pending`)
    const path = `/api/events/${event.slug}/rsvps/${guest(1).account.id}`
    expect((await guest(1).browser.json('POST', `${path}/approve`)).status).toBe(403)
    const declined = await host.browser.json('POST', `${path}/decline`)
    expect(await declined.json()).toMatchObject({
      status: 'going',
      place: 'declined',
      counts: { going: 1, pending: 0 },
    })
    expect((await answer(guest(1), event, { status: 'going', guests: 1 })).body.place).toBe('declined')
    for (const nobody of [guest(3).account.id, 'x', 0])
      expect((await host.browser.json('POST', `/api/events/${event.slug}/rsvps/${nobody}/approve`)).status).toBe(404)
  })

  it('cannot let in more than there are places', async () => {
    const event = await open({ approval: true, capacity: 1 })
    for (const i of [0, 1]) await answer(guest(i), event, { status: 'going' })
    const approve = async (i: number) =>
      (await host.browser.json('POST', `/api/events/${event.slug}/rsvps/${guest(i).account.id}/approve`)).status
    expect([await approve(0), await approve(1), await approve(0)]).toEqual([200, 409, 200])
    await host.browser.json('PATCH', `/api/events/${event.slug}`, { waitlist: true })
    expect(await approve(1)).toBe(200)
    const page = await (await guest(1).browser.get(`/events/${event.slug}`)).text()
    expect(page).toContain('You’re on the waitlist')
  })
})

describe('the list of guests', () => {
  it('pages by cursor, newest first, and shows no mail address', async () => {
    const event = await open()
    for (const person of guests) await answer(person, event, { status: 'interested' })
    const visitor = await openBrowser(web, eventRoutes)
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const response = await visitor.get(`/api/events/${event.slug}/rsvps?status=interested&limit=3${cursor}`)
      const page = (await response.json()) as { items: { person: { displayName: string } }[]; cursor?: string }
      seen.push(...page.items.map(({ person }) => person.displayName))
      if (page.cursor === undefined) break
      cursor = `&cursor=${page.cursor}`
    }
    expect(seen).toEqual(['dan.example', 'cleo.example', 'bo.example', 'ana.example'])
    const html = await (await visitor.get(`/events/${event.slug}/guests?tab=interested`)).text()
    expect(html).toContain('ana.example')
    expect(html).not.toContain('secret.example')
  })

  it('leaves out whoever asked not to be listed, but for the host', async () => {
    const event = await open()
    const shy = await addGuest('shy')
    await answer(shy, event, { status: 'going' })
    await web.services.db
      .updateTable('accounts')
      .set({ unlisted_at: new Date() })
      .where('id', '=', shy.account.id)
      .execute()
    for (const path of [`/events/${event.slug}`, `/events/${event.slug}/guests`, `/api/events/${event.slug}/rsvps`])
      expect(await (await guest(0).browser.get(path)).text()).not.toContain('shy.example')
    expect(await (await host.browser.get(`/events/${event.slug}/guests`)).text()).toContain('shy.example')
    expect((await guest(0).browser.get('/u/shy.example')).status).toBe(404)
  })
})
