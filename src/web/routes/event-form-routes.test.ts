import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent } from '../../../testkit/test-events.ts'
import {
  type TestBrowser,
  type TestWeb,
  addPerson,
  openBrowser,
  openTestWeb,
  testOrigin,
} from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import type { EventRow } from '../../events/event-row.ts'
import { findEventBySlug } from '../../events/event-store.ts'
import { updateEvent } from '../../events/write-event.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
let ana: AccountRow
let browser: TestBrowser
beforeAll(async () => {
  web = await openTestWeb()
  ana = await addPerson(web, { did: newDid(), handle: 'ana.example', email: 'ana@secret.example' })
  browser = await openBrowser(web, eventRoutes, ana)
})
afterAll(async () => web[Symbol.asyncDispose]())

const typed = {
  name: 'Sunrise swim',
  description: 'Bring a towel.\r\n\r\n**No** experience needed.',
  startDate: '2030-06-01',
  startTime: '07:00',
  endDate: '2030-06-01',
  endTime: '08:30',
  timezone: 'Europe/Berlin',
  mode: 'inperson',
  'locations.0.name': '',
  'locations.1.name': 'Lido Pankow',
  'locations.1.locality': 'Berlin',
  'locations.1.country': 'DE',
  'uris.0.uri': 'lido.example/swim',
  visibility: 'public',
  rsvpExpected: 'on',
}

async function send(path: string, fields: Record<string, string>, files: Record<string, Blob> = {}): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, file] of Object.entries(files)) form.append(name, file, 'picture.png')
  return browser.send(path, { method: 'POST', body: form, headers: { origin: testOrigin } })
}

async function getRow(slug: string): Promise<EventRow> {
  const row = await findEventBySlug(web.services.db, slug)
  if (!row) throw new Error(`${slug} is gone`)
  return row
}

async function create(fields: Record<string, string>): Promise<EventRow> {
  const response = await send('/events', fields)
  expect(response.status).toBe(303)
  return getRow(response.headers.get('location')?.split('/').at(-1) ?? '')
}

const valueOf = (html: string, name: string) =>
  new RegExp(`<input[^>]*\\bvalue="([^"]*)"[^>]*\\bname="${name}"|<input[^>]*\\bname="${name}"[^>]*\\bvalue="([^"]*)"`)
    .exec(html)
    ?.slice(1)
    .find((text) => text !== undefined) ?? ''

describe('a new event', () => {
  it('asks who is there first', async () => {
    const visitor = await openBrowser(web, eventRoutes)
    const response = await visitor.get('/events/new')
    expect(response.headers.get('location')).toBe('/sign-in?return_to=%2Fevents%2Fnew')
  })

  it('is published with what was typed', async () => {
    const event = await create({ ...typed, intent: 'publish' })
    expect(event).toMatchObject({
      name: 'Sunrise swim',
      description: 'Bring a towel.\n\n**No** experience needed.',
      starts_at: new Date('2030-06-01T05:00:00Z'),
      ends_at: new Date('2030-06-01T06:30:00Z'),
      timezone: 'Europe/Berlin',
      locations: [{ kind: 'address', name: 'Lido Pankow', locality: 'Berlin', country: 'DE' }],
      uris: [{ uri: 'https://lido.example/swim' }],
      is_draft: false,
    })
    const waiting = await web.services.db.selectFrom('outbox').select('action').where('uri', '=', event.uri).execute()
    expect(waiting).toEqual([{ action: 'put' }])
  })

  it('stays a draft by Enter, and by its button; nothing of it goes out', async () => {
    for (const intent of ['save', 'draft'])
      expect(await create({ ...typed, intent })).toMatchObject({ is_draft: true, uri: null })
  })

  it('lasts the whole day without a time, and has no end where only its day was filled in for it', async () => {
    const { startTime: _, endTime: __, ...day } = typed
    expect(await create({ ...day, endDate: '2030-06-03', intent: 'publish' })).toMatchObject({
      all_day: true,
      starts_at: new Date('2030-05-31T22:00:00Z'),
      ends_at: new Date('2030-06-02T22:00:00Z'),
    })
    expect(await create({ ...typed, endTime: '', intent: 'publish' })).toMatchObject({ ends_at: null, all_day: false })
  })

  it.each<[string, Record<string, string>, string]>([
    ['no name', { name: ' ' }, 'name'],
    ['an end before the start', { endTime: '06:00' }, 'endDate'],
    ['a time without a day', { startDate: '', endDate: '', endTime: '' }, 'startDate'],
    ['an end on another day without a time', { endDate: '2030-06-02', endTime: '' }, 'endDate'],
    ['a capacity that is no number', { capacity: 'many' }, 'capacity'],
    ['a capacity of none', { capacity: '0' }, 'capacity'],
    ['a waitlist without a limit', { waitlist: 'on' }, 'capacity'],
    ['no such zone', { timezone: 'Mars/Olympus' }, 'timezone'],
    ['a link in the second row', { 'uris.0.uri': '', 'uris.1.uri': 'not a link' }, 'uris.1.uri'],
    ['a link that is none', { 'uris.0.uri': 'not a link' }, 'uris.0.uri'],
  ])('with %s comes back with the mend beside the field and all that was typed', async (_, change, field) => {
    const response = await send('/events', { ...typed, ...change, intent: 'publish' })
    const html = await response.text()
    expect(response.status).toBe(422)
    expect(html).toContain(`id="${field}-error"`)
    expect(html).toContain('Bring a towel.\n\n**No** experience needed.')
    const others = ['name', 'description', 'mode', 'visibility', 'rsvpExpected', 'waitlist']
    const inputs = Object.entries({ ...typed, ...change }).filter(([name]) => !others.includes(name))
    for (const [name, value] of inputs)
      expect([name, valueOf(html, name.replaceAll('.', String.raw`\.`))]).toEqual([name, value])
  })

  it('shows a preview, and adds and takes away rows, without writing anything', async () => {
    const count = async () => (await web.services.db.selectFrom('events').select('id').execute()).length
    const before = await count()
    const preview = await (await send('/events', { ...typed, intent: 'preview' })).text()
    expect(preview).toContain('<strong>No</strong> experience')
    const grown = await (await send('/events', { ...typed, intent: 'add-uri' })).text()
    expect(grown).toContain('name="uris.1.uri"')
    const shrunk = await (await send('/events', { ...typed, intent: 'remove-location:0' })).text()
    expect(valueOf(shrunk, String.raw`locations\.0\.name`)).toBe('Lido Pankow')
    expect(await count()).toBe(before)
  })

  it('keeps its picture over every round trip', async () => {
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a36' } })
      .png()
      .toBuffer()
    const response = await send('/events', { ...typed, name: '', intent: 'publish' }, { picture: new Blob([png]) })
    const cid = valueOf(await response.text(), 'pictureCid')
    expect(cid).toMatch(/^bafkrei/)
    const event = await create({ ...typed, pictureCid: cid, pictureAlt: 'A lake', intent: 'publish' })
    expect(event.picture).toMatchObject({ cid, alt: 'A lake', width: 40, height: 30, mimeType: 'image/webp' })
    const saved = await send(`/events/${event.slug}/edit`, { ...typed, pictureCid: '', intent: 'save' })
    expect(saved.status).toBe(303)
    expect((await getRow(event.slug)).picture).toBeNull()
  })

  it('says beside the picture what is wrong with it, and keeps the rest', async () => {
    const response = await send('/events', { ...typed, intent: 'publish' }, { picture: new Blob(['<svg/>']) })
    const html = await response.text()
    expect(response.status).toBe(422)
    expect(html).toContain('id="picture-error"')
    expect(valueOf(html, 'timezone')).toBe('Europe/Berlin')
  })

  it('takes no picture of somebody else', async () => {
    const other = await addPerson(web, { handle: 'other.example' })
    const png = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#363' } })
      .png()
      .toBuffer()
    const theirs = await openBrowser(web, eventRoutes, other)
    const upload = await theirs.send('/api/pictures', { method: 'POST', body: png, headers: { origin: testOrigin } })
    expect(upload.status).toBe(201)
    const { cid } = (await upload.json()) as { cid: string }
    const response = await send('/events', { ...typed, pictureCid: cid, intent: 'publish' })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('id="picture-error"')
  })
})

describe('an edit', () => {
  it('opens with what there is, and saves only what was changed', async () => {
    const event = await addEvent(web, ana, {
      name: 'Choir',
      startsAt: '2030-06-01T17:00:15Z',
      endsAt: null,
      timezone: null,
      mode: 'somewhere-else',
      description: 'One\r\ntwo',
      locations: [{ kind: 'geo', name: 'Lighthouse', latitude: 54.1, longitude: 12.08 }],
    })
    const html = await (await browser.get(`/events/${event.slug}/edit`)).text()
    const shown = ['startDate', 'startTime', 'timezone', 'mode', 'version'].map((name) => valueOf(html, name))
    expect(shown).toEqual(['2030-06-01', '17:00', 'UTC', 'somewhere-else', '1'])
    const fields = {
      ...{ name: 'Choir, every voice', description: 'One\r\ntwo', startDate: '2030-06-01', startTime: '17:00' },
      ...{ timezone: 'UTC', mode: 'somewhere-else', status: 'scheduled', visibility: 'public', rsvpExpected: 'on' },
      'locations.0.kept': JSON.stringify({ kind: 'geo', name: 'Lighthouse', latitude: 54.1, longitude: 12.08 }),
      ...{ version: '1', intent: 'save' },
    }
    expect((await send(`/events/${event.slug}/edit`, fields)).status).toBe(303)
    const { name, search: _, updated_at: __, version, ...rest } = await getRow(event.slug)
    const { name: ___, search: ____, updated_at: _____, version: ______, ...before } = event
    expect([name, version]).toEqual(['Choir, every voice', 2])
    expect({ ...rest, description: '' }).toEqual({ ...before, description: '' })
  })

  it('moves with its zone', async () => {
    const event = await create({ ...typed, intent: 'publish' })
    await send(`/events/${event.slug}/edit`, { ...typed, timezone: 'America/New_York', intent: 'save' })
    const { starts_at: startsAt, previous_starts_at: before } = await getRow(event.slug)
    expect([startsAt, before]).toEqual([new Date('2030-06-01T11:00:00Z'), new Date('2030-06-01T05:00:00Z')])
  })

  it('over somebody else’s edit is told so kindly, keeps the text, and may be saved then', async () => {
    const event = await create({ ...typed, intent: 'publish' })
    const fields = { ...typed, name: 'My title', version: '1', intent: 'save' }
    await updateEvent(web.services.db, ana, { id: event.id, patch: { name: 'From another tab' } })
    const clash = await send(`/events/${event.slug}/edit`, fields)
    const html = await clash.text()
    expect(clash.status).toBe(409)
    expect(html).toContain('This event was changed while you were editing it')
    expect(html).toContain('My title')
    const saved = await send(`/events/${event.slug}/edit`, { ...fields, version: valueOf(html, 'version') })
    expect(saved.status).toBe(303)
    expect((await getRow(event.slug)).name).toBe('My title')
  })

  it('is its owner’s only', async () => {
    const event = await create({ ...typed, intent: 'publish' })
    const stranger = await openBrowser(web, eventRoutes, await addPerson(web, { handle: 'stranger.example' }))
    expect((await stranger.get(`/events/${event.slug}/edit`)).status).toBe(403)
    expect((await stranger.post(`/events/${event.slug}/edit`, typed)).status).toBe(403)
    const visitor = await openBrowser(web, eventRoutes)
    expect((await visitor.get(`/events/${event.slug}/edit`)).headers.get('location')).toContain('/sign-in?return_to=')
  })
})

describe('the host’s buttons', () => {
  it('publish, cancel and delete', async () => {
    const event = await create({ ...typed, intent: 'draft' })
    const path = `/events/${event.slug}`
    expect((await browser.post(`${path}/publish`)).headers.get('location')).toBe(path)
    expect(await getRow(event.slug)).toMatchObject({ is_draft: false, uri: expect.stringContaining(ana.did ?? '') })
    expect(await (await browser.get(`${path}/cancel`)).text()).toContain('Cancel this event?')
    await browser.post(`${path}/cancel`)
    expect((await getRow(event.slug)).status).toBe('cancelled')
    expect(await (await browser.get(path)).text()).toContain('This event is cancelled')
    expect(await (await browser.get(`${path}/delete`)).text()).toContain('Delete this event?')
    expect((await browser.post(`${path}/delete`)).headers.get('location')).toBe('/me/events')
    expect((await browser.get(path)).status).toBe(404)
  })

  it('duplicate as a draft without a date', async () => {
    const event = await create({ ...typed, capacity: '5', waitlist: 'on', intent: 'publish' })
    const response = await browser.post(`/events/${event.slug}/duplicate`)
    const slug = response.headers.get('location')?.split('/')[2] ?? ''
    const { name, capacity, has_waitlist: hasWaitlist, locations } = event
    expect(await getRow(slug)).toMatchObject({
      ...{ name, capacity, has_waitlist: hasWaitlist, locations },
      ...{ is_draft: true, starts_at: null, uri: null },
    })
  })

  it('sync what is for the network, and say so where it is not', async () => {
    const event = await create({ ...typed, intent: 'publish' })
    const synced = await browser.post(`/events/${event.slug}/sync`)
    expect(synced.headers.get('location')).toBe(`/events/${event.slug}#bluesky`)
    const draft = await create({ ...typed, intent: 'draft' })
    const refused = await browser.post(`/events/${draft.slug}/sync`)
    expect([refused.status, browser.cookies.get('flash')]).toEqual([303, 'sync-draft'])
  })
})
