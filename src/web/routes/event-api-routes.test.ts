import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deleteOp, eventOp, newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent, hoursFromNow, ingest } from '../../../testkit/test-events.ts'
import {
  type TestBrowser,
  type TestWeb,
  addPerson,
  bearer,
  openBrowser,
  openTestWeb,
} from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { openApiDocument } from '../kernel/openapi.ts'
import type { EventAnswer } from './event-answer.ts'
import { eventAnswer } from './event-answer-schema.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
let ana: AccountRow
let program: TestBrowser
let token: { authorization: string }
beforeAll(async () => {
  web = await openTestWeb()
  ana = await addPerson(web, { did: newDid(), handle: 'ana.example', email: 'ana@secret.example' })
  token = await bearer(web, ana)
  program = await openBrowser(web, eventRoutes)
})
afterAll(async () => web[Symbol.asyncDispose]())

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await program.json(method, path, body, token)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

async function create(body: object): Promise<EventAnswer> {
  const made = await call('POST', '/api/events', body)
  expect(made.status).toBe(201)
  return eventAnswer.parse(made.body)
}

async function listAll(path: string, limit: number): Promise<EventAnswer[]> {
  const items: EventAnswer[] = []
  for (let cursor: string | undefined; ;) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) })
    const { body } = await call('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`)
    const page = body as { items: EventAnswer[]; cursor?: string }
    expect(page.items.length).toBeLessThanOrEqual(limit)
    items.push(...page.items)
    cursor = page.cursor
    if (cursor === undefined) return items
  }
}

/** What a PATCH of another field must leave alone. */
function restOf(event: object, field: string): object {
  const kept = ['name', 'description', 'startsAt', 'mode', 'status', 'visibility', 'capacity', 'waitlist', 'uris']
  const all = [...kept, 'locations', 'approval', 'approvalQuestion', 'rsvpDeadline', 'draft', 'timezone']
  return Object.fromEntries(Object.entries(event).filter(([key]) => key !== field && all.includes(key)))
}

const names = (events: EventAnswer[]) => events.map(({ name }) => name)

describe('an event by the API', () => {
  it('needs no more than a name, and says all there is', async () => {
    const event = await create({ name: 'Picnic' })
    expect(event).toMatchObject({
      ...{ name: 'Picnic', startsAt: null, status: 'scheduled', visibility: 'public', draft: false, version: 1 },
      host: { did: ana.did, handle: 'ana.example', isShadow: false },
      counts: { going: 0, interested: 0, notgoing: 0, waitlisted: 0, pending: 0 },
      source: { sourceType: 'bluesky', sourceId: ana.did, sourceData: { originPlatform: 'openmeet', cid: null } },
      sync: { status: 'NEEDS_SYNC', action: 'put', attempts: 0, lastError: null },
      ...{ mine: null, origin: 'here', url: `http://127.0.0.1:3999/events/${event.slug}` },
    })
    expect(eventAnswer.parse((await call('GET', `/api/events/${event.slug}`)).body)).toEqual(event)
  })

  it('changes by PATCH in what it names, and nothing else', async () => {
    const all = {
      ...{ name: 'Market', description: 'Bring *cash*', startsAt: '2030-12-01T10:00', endsAt: '2030-12-01T18:00' },
      ...{ timezone: 'Europe/Berlin', mode: 'hybrid', status: 'planned', visibility: 'unlisted', capacity: 20 },
      ...{ waitlist: true, approval: true, approvalQuestion: 'What do you sell?', rsvpDeadline: '2030-11-01T00:00' },
      locations: [{ kind: 'address', name: 'Old town', locality: 'Potsdam', country: 'DE' }],
      uris: [{ uri: 'https://market.example/', name: 'Plan' }],
    }
    const before = await create(all)
    const changes: Record<string, unknown> = {
      ...{ name: 'Winter market', description: '', startsAt: '2030-12-02T10:00', endsAt: null, mode: 'inperson' },
      ...{ status: 'postponed', visibility: 'public', capacity: 30, approval: false, locations: [], uris: [] },
      ...{ rsvpExpected: false, rsvpDeadline: null, approvalQuestion: null, draft: true },
    }
    for (const [field, value] of Object.entries(changes)) {
      const fresh = await create(all)
      if (field === 'startsAt') await call('PATCH', `/api/events/${fresh.slug}`, { endsAt: null })
      const { status, body } = await call('PATCH', `/api/events/${fresh.slug}`, { [field]: value })
      expect([field, status]).toEqual([field, 200])
      const { [field as 'name']: changed, ...after } = eventAnswer.parse(body)
      expect([field, restOf(after, field)]).toEqual([field, restOf(before, field)])
      expect(field.endsWith('At') || changed).toEqual(field.endsWith('At') || value)
    }
  })

  it('is refused with the name of every field that is wrong', async () => {
    const wrong = {
      name: '',
      startsAt: 'tomorrow',
      timezone: 'Moon',
      locations: [{ kind: 'geo', latitude: 91, longitude: 0 }],
    }
    const { status, body } = await call('POST', '/api/events', wrong)
    expect(status).toBe(422)
    const fields = (body as { errors: { field: string }[] }).errors.map(({ field }) => field)
    expect(fields).toEqual(expect.arrayContaining(['name', 'locations.0.latitude']))
    const times = await call('POST', '/api/events', { name: 'X', startsAt: 'tomorrow', timezone: 'Moon' })
    expect((times.body as { errors: { field: string }[] }).errors.map(({ field }) => field)).toEqual([
      'timezone',
      'startsAt',
    ])
    expect((await call('POST', '/api/events', { name: 'X', owner_id: 1 })).status).toBe(422)
    expect((await call('POST', '/api/events')).status).toBe(422)
  })

  it('is not changed over a version that was not seen', async () => {
    const { slug } = await create({ name: 'A' })
    expect((await call('PATCH', `/api/events/${slug}`, { name: 'B', version: 1 })).status).toBe(200)
    const late = await call('PATCH', `/api/events/${slug}`, { name: 'C', version: 1 })
    expect([late.status, (late.body as { title: string }).title]).toEqual([409, 'conflict'])
    expect((await call('GET', `/api/events/${slug}`)).body).toMatchObject({ name: 'B', version: 2 })
  })

  it('is its owner’s: others are told who may, nobody is asked who they are', async () => {
    const { slug } = await create({ name: 'Mine' })
    const stranger = await openBrowser(web, eventRoutes, await addPerson(web, { handle: 'stranger.example' }))
    for (const [method, body] of [
      ['PATCH', { name: 'Theirs' }],
      ['DELETE', undefined],
    ] as const) {
      expect((await stranger.json(method, `/api/events/${slug}`, body)).status).toBe(403)
      expect((await program.json(method, `/api/events/${slug}`, body)).status).toBe(401)
      expect((await program.json(method, `/api/events/no-such-event`, body, token)).status).toBe(404)
    }
  })

  it('goes by DELETE, and so does its record', async () => {
    const { slug, source } = await create({ name: 'Short-lived' })
    expect((await call('DELETE', `/api/events/${slug}`)).status).toBe(204)
    expect((await call('GET', `/api/events/${slug}`)).status).toBe(404)
    const orders = await web.services.db
      .selectFrom('outbox')
      .select('action')
      .where('uri', '=', source.sourceUrl ?? '')
      .execute()
    expect(orders).toEqual([{ action: 'delete' }])
  })

  it('of a repo nobody has claimed belongs to nobody', async () => {
    const did = newDid()
    await ingest(web, [eventOp({ did, rkey: 'theirs', n: 1 }, { name: 'From elsewhere' })])
    const [event] = await listAll('/api/events?q=elsewhere', 10)
    expect(event).toMatchObject({ origin: 'network', host: { did, isShadow: true }, sync: { status: null } })
    expect((await call('PATCH', `/api/events/${event?.slug}`, { name: 'Mine' })).status).toBe(403)
    await ingest(web, [deleteOp(eventOp({ did, rkey: 'theirs', n: 1 }), 2)])
    expect((await call('GET', `/api/events/${event?.slug}`)).status).toBe(404)
  })

  it('asks to be synced, and says where it stands', async () => {
    const { slug } = await create({ name: 'Sync me' })
    const { status, body } = await call('POST', `/api/events/${slug}/sync`)
    expect([status, body]).toMatchObject([202, { slug, sync: { status: 'NEEDS_SYNC', action: 'put' } }])
    const hidden = await create({ name: 'Private', visibility: 'private' })
    expect(hidden).toMatchObject({ source: { sourceType: null }, sync: { status: null, action: null } })
    expect((await call('POST', `/api/events/${hidden.slug}/sync`)).status).toBe(409)
  })
})

describe('lists', () => {
  it('page by cursor without gaps or repeats, while others are added and taken away', async () => {
    const at = hoursFromNow(24 * 400)
    const made: EventAnswer[] = []
    // Several at one instant: the order must not depend on anything else.
    for (let i = 0; i < 11; i++)
      made.push(
        await create({
          name: `Paging ${i}`,
          startsAt: new Date(at.getTime() + Math.floor(i / 4) * 60_000).toISOString(),
        }),
      )
    expect(names(await listAll('/api/events?q=paging', 3))).toEqual(names(made))
    const first = (await call('GET', '/api/events?q=paging&limit=5')).body as { items: EventAnswer[]; cursor: string }
    await create({ name: 'Paging early', startsAt: hoursFromNow(24 * 399).toISOString() })
    await call('DELETE', `/api/events/${made[4]?.slug}`)
    const rest = (await call('GET', `/api/events?q=paging&limit=50&cursor=${first.cursor}`)).body as {
      items: EventAnswer[]
    }
    expect(names([...first.items, ...rest.items])).toEqual(names(made))
    expect((await call('GET', '/api/events?cursor=nonsense')).status).toBe(422)
    expect((await call('GET', '/api/events?limit=1000')).status).toBe(422)
  })

  it('find by words and their beginnings, by places, and by names that are nearly so', async () => {
    const place = { kind: 'address', name: 'Kulturkirche', locality: 'Rostock' }
    await create({
      name: 'Gezeitenchor',
      description: 'Everybody sings',
      startsAt: '2031-01-01T19:00Z',
      locations: [place],
    })
    for (const q of ['gezeitenchor', 'GEZEI', 'everybody sing', 'rostock', 'kulturk', 'Gezeitenchorr', 'sings rostock'])
      expect([q, names(await listAll(`/api/events?${new URLSearchParams({ q })}`, 20))]).toEqual([q, ['Gezeitenchor']])
    for (const q of ['address', 'hamburg', "' & | ! :*", '🎈', '%', '\\'])
      expect([q, names(await listAll(`/api/events?${new URLSearchParams({ q })}`, 20))]).toEqual([q, []])
  })

  it('are of one source and one way to take part', async () => {
    const did = newDid()
    const start = { startsAt: '2031-02-02T10:00:00Z' }
    for (const mode of ['inperson', 'virtual', 'hybrid'])
      await create({ name: `Filterable ${mode}`, mode, startsAt: '2031-02-02T10:00:00Z' })
    await ingest(web, [
      eventOp({ did, rkey: 'f1', n: 1 }, { name: 'Filterable network', ...start }),
      eventOp(
        { did, rkey: 'f2', n: 2 },
        { name: 'Filterable odd', mode: 'x#odd', locations: [{ name: 'Here' }], ...start },
      ),
    ])
    const found = async (query: string) =>
      names(await listAll(`/api/events?q=filterable&${query}`, 10))
        .map((name) => name.split(' ')[1] ?? '')
        .toSorted((a, b) => a.localeCompare(b))
    expect(await found('mode=virtual')).toEqual(['hybrid', 'virtual'])
    expect(await found('mode=inperson')).toEqual(['hybrid', 'inperson', 'odd'])
    expect(await found('source=network')).toEqual(['network', 'odd'])
    expect(await found('source=here')).toEqual(['hybrid', 'inperson', 'virtual'])
  })

  it('keep talks of a conference for those who search', async () => {
    const did = newDid()
    const talk = {
      name: 'Zettelkasten talk',
      startsAt: '2031-03-03T10:00:00Z',
      additionalData: { parentEvent: `at://${did}/x/y` },
    }
    await ingest(web, [eventOp({ did, rkey: 'talk', n: 1 }, talk)])
    expect(names(await listAll('/api/events', 100))).not.toContain('Zettelkasten talk')
    expect(names(await listAll('/api/events?q=zettelkasten', 10))).toEqual(['Zettelkasten talk'])
  })

  it('know what runs, what is to come and what is over', async () => {
    const bo = await addPerson(web, { handle: 'bo.example' })
    const make = (name: string, from: number, to: number | null) =>
      addEvent(web, bo, {
        name,
        startsAt: hoursFromNow(from).toISOString(),
        endsAt: to === null ? null : hoursFromNow(to).toISOString(),
      })
    await make('Phase over', -5, -1)
    await make('Phase over without end', -3, null)
    await make('Phase on', -1, 1)
    await make('Phase on without end', -1.9, null)
    await make('Phase to come', 1, 2)
    await make('Phase for months', -24 * 100, 24 * 30)
    await make('Phase for months that are over', -24 * 100, -24 * 40)
    await addEvent(web, bo, { name: 'Phase undated', startsAt: null, endsAt: null })
    await addEvent(web, bo, { name: 'Phase today', startsAt: new Date().toISOString().slice(0, 10), endsAt: null })
    const list = async (path: string) => names(await listAll(path, 2)).map((name) => name.slice('Phase '.length))
    const on = await list('/api/events?q=phase')
    expect([on[0], ...on.slice(1).toSorted((a, b) => a.localeCompare(b))]).toEqual([
      ...['for months', 'on', 'on without end', 'to come', 'today'],
    ])
    const past = ['over without end', 'over', 'for months that are over']
    expect(await list('/api/events?q=phase&when=past')).toEqual(past)
    expect(await list('/api/users/bo.example/events?tab=past')).toEqual(past)
    expect((await list('/api/users/bo.example/events')).at(-1)).toBe('undated')
    const front = await (await program.get('/')).text()
    expect(front.indexOf('Phase on')).toBeLessThan(front.indexOf('Phase to come'))
  })
})

describe('what the API says', () => {
  it('is what its document says', () => {
    const document = openApiDocument(eventRoutes, 'http://127.0.0.1:3999') as unknown as {
      paths: Record<string, object>
    }
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/events', '/api/events/{slug}', '/api/events/{slug}/rsvps/{accountId}/approve']),
    )
    expect(JSON.stringify(document)).not.toContain('undefined')
  })

  it('names no mail address and no token, to nobody and not to the owner', async () => {
    const { slug } = await create({ name: 'Discreet' })
    for (const path of [
      `/events/${slug}`,
      `/api/events/${slug}`,
      `/api/events/${slug}/rsvps`,
      '/u/ana.example',
      '/',
      `/events/${slug}/guests`,
    ]) {
      const text = await (await program.get(path, token)).text()
      expect(text).not.toContain('secret.example')
      expect(text).not.toContain(token.authorization.slice(7))
    }
  })
})
