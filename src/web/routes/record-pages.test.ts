import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deleteOp, eventOp, eventUri, newDid, rsvpOp, rsvpUri } from '../../../testkit/calendar-ops.ts'
import { addEvent, ingest, pretendPublished } from '../../../testkit/test-events.ts'
import { type TestBrowser, type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { updateEvent } from '../../events/write-event.ts'
import { findEventByUri } from '../../events/event-store.ts'
import type { EventAnswer } from './event-answer.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
let ana: AccountRow
let browser: TestBrowser
let visitor: TestBrowser
beforeAll(async () => {
  web = await openTestWeb()
  ana = await addPerson(web, { did: newDid(), handle: 'ana.example' })
  browser = await openBrowser(web, eventRoutes, ana)
  visitor = await openBrowser(web, eventRoutes)
})
afterAll(async () => web[Symbol.asyncDispose]())

const pathOf = (uri: string) => `/at/${uri.slice('at://'.length)}`

describe('the page of a record', () => {
  it('shows what is there, and what we made of it', async () => {
    const did = newDid()
    const strange = { name: 'Odd <b>event</b>', startsAt: 'tomorrow', 'net.example.theme': '</script><script>alert(1)' }
    await ingest(web, [eventOp({ did, rkey: 'odd', n: 1 }, strange)])
    await ingest(web, [rsvpOp({ did: newDid(), rkey: 'r', n: 1 }, eventUri(did, 'odd'), { status: 'x#going' })])
    const html = await (await visitor.get(pathOf(eventUri(did, 'odd')))).text()
    expect(html).toContain('net.example.theme')
    expect(html).toContain('startsAt.unreadable')
    expect(html).not.toContain('<script>alert')
    expect(html).not.toContain('<b>event</b>')
  })

  it('leads from an answer to its event', async () => {
    const [did, guest] = [newDid(), newDid()]
    await ingest(web, [eventOp({ did, rkey: 'e', n: 1 }), rsvpOp({ did: guest, rkey: 'r', n: 2 }, eventUri(did, 'e'))])
    const event = await findEventByUri(web.services.db, eventUri(did, 'e'))
    const html = await (await visitor.get(pathOf(rsvpUri(guest, 'r')))).text()
    expect(html).toContain(`href="/events/${event?.slug}"`)
    await sql`update events set visibility = 'private' where id = ${event?.id}`.execute(web.services.db)
    expect((await visitor.get(pathOf(rsvpUri(guest, 'r')))).status).toBe(404)
  })

  it('keeps of a deleted record only that it was', async () => {
    const did = newDid()
    const op = eventOp({ did, rkey: 'gone', n: 1 }, { name: 'Vanished' })
    await ingest(web, [op])
    await ingest(web, [deleteOp(op, 2)])
    const html = await (await visitor.get(pathOf(eventUri(did, 'gone')))).text()
    expect(html).toContain('This record was deleted')
    expect(html).not.toContain('Vanished')
  })

  it('is not there for what is no record of a calendar, or not known', async () => {
    for (const path of [`/at/${ana.did}/app.bsky.feed.post/x`, pathOf(eventUri(newDid(), 'none')), '/at/x/y/z'])
      expect((await visitor.get(path)).status).toBe(404)
  })
})

describe('a conflict', () => {
  /** Edited here while it was edited elsewhere, before either knew of the other. */
  async function clash(name: string, more: { description?: string } = {}) {
    const event = await addEvent(web, ana, { name, description: 'Before' })
    const uri = event.uri ?? ''
    const [did, , rkey] = uri.slice('at://'.length).split('/')
    const address = { did: did ?? '', rkey: rkey ?? '', n: 1 }
    const base = eventOp(address, {
      name,
      description: 'Before',
      startsAt: event.starts_at?.toISOString() ?? '',
    }).record
    await pretendPublished(web, uri, base ?? {})
    await updateEvent(web.services.db, ana, { id: event.id, patch: { name: `${name} here`, description: 'Ours' } })
    const theirs = { ...base, name: `${name} there`, ...more }
    await ingest(web, [{ ...eventOp({ ...address, n: 999_999_999_999 }, theirs), rev: '3zzzzzzzzzzza' }])
    return event
  }

  it('is shown field by field, and settled on the page', async () => {
    const { slug } = await clash('Market')
    const html = await (await browser.get(`/events/${slug}/conflicts`)).text()
    for (const text of ['Market here', 'Market there', 'Name']) expect(html).toContain(text)
    expect(await (await browser.get(`/events/${slug}`)).text()).toContain('Conflict')
    const conflictId = /name="conflictId" value="(\d+)"/.exec(html)?.[1] ?? ''
    const response = await browser.post(`/events/${slug}/resolve`, { conflictId, choice: 'ours' })
    expect(response.headers.get('location')).toBe(`/events/${slug}`)
    const event = (await (await browser.get(`/api/events/${slug}`)).json()) as EventAnswer
    expect([event.name, event.description]).toEqual(['Market here', 'Ours'])
    const again = await browser.post(`/events/${slug}/resolve`, { conflictId, choice: 'theirs' })
    expect(again.status).toBe(409)
  })

  it('of several fields is decided for each of them, and stays in the history with all versions', async () => {
    const { slug } = await clash('Bazaar', { description: 'Theirs' })
    const html = await (await browser.get(`/events/${slug}/conflicts`)).text()
    expect(html).toMatch(/type="radio" name="keep.name" value="theirs" checked/)
    const conflictId = /name="conflictId" value="(\d+)"/.exec(html)?.[1] ?? ''
    const choices = { 'keep.name': 'theirs', 'keep.description': 'ours' }
    await browser.post(`/events/${slug}/resolve`, { conflictId, choice: 'by-field', ...choices })
    const event = (await (await browser.get(`/api/events/${slug}`)).json()) as EventAnswer
    expect([event.name, event.description]).toEqual(['Bazaar there', 'Ours'])
    const history = await (await browser.get(`/events/${slug}/conflicts`)).text()
    expect(history).toContain('Nothing to decide')
    for (const text of ['Decided field by field', 'Bazaar here', 'Bazaar there', 'Theirs'])
      expect(history).toContain(text)
  })

  it('is listed and settled by the API, by its owner only', async () => {
    const { slug } = await clash('Fair')
    const { items } = (await (await browser.get(`/api/events/${slug}/conflicts`)).json()) as {
      items: { id: number; fields: string[]; theirs: object }[]
    }
    expect(items).toMatchObject([{ fields: ['name'], theirs: { name: 'Fair there' } }])
    const stranger = await openBrowser(web, eventRoutes, await addPerson(web, { did: newDid() }))
    expect((await stranger.json('POST', `/api/events/${slug}/resolve`, {})).status).toBe(403)
    const other = await clash('Other')
    const foreign = await browser.json('POST', `/api/events/${other.slug}/resolve`, { conflictId: items[0]?.id })
    expect(foreign.status).toBe(409)
    const settled = await browser.json('POST', `/api/events/${slug}/resolve`, { keep: 'theirs' })
    expect(await settled.json()).toMatchObject({ name: 'Fair there', description: 'Ours' })
    expect(await (await browser.get(`/api/events/${slug}/conflicts`)).json()).toEqual({ items: [] })
  })
})
