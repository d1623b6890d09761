import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventOp, newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent, ingest, pretendPublished } from '../../../testkit/test-events.ts'
import { type TestWeb, addPerson, bearer, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import { dropLeftSessions } from '../../accounts/drop-left-sessions.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { answerEvent } from '../../rsvps/write-rsvp.ts'
import { eventRoutes } from './event-routes.ts'
import { siteRoutes } from './site-routes.ts'

let web: TestWeb
beforeAll(async () => void (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())

const visit = (account?: AccountRow) => openBrowser(web, [...siteRoutes, ...eventRoutes], account)
const findAccount = (id: number) =>
  web.services.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()

describe('going away', () => {
  it('takes a person out of every public page, and one click brings them back', async () => {
    const { db } = web.services
    const [host, guest] = [
      await addPerson(web, { did: newDid(), handle: 'leaving.example' }),
      await addPerson(web, { did: newDid(), handle: 'guest.example' }),
    ]
    const own = await addEvent(web, host, { name: 'Quiet supper' })
    const elsewhere = await addEvent(web, guest, { name: 'Loud party' })
    await answerEvent(db, host, { eventId: elsewhere.id, answer: { status: 'going' } })
    const [browser, stranger] = [await visit(host), await visit(await addPerson(web))]
    const paths = [
      '/u/leaving.example',
      `/u/${host.did}`,
      `/api/users/${host.id}`,
      '/api/users/leaving.example/events',
      `/events/${own.slug}`,
      `/events/${own.slug}.ics`,
      `/api/events/${own.slug}`,
    ]
    const statuses = () => Promise.all(paths.map(async (path) => (await stranger.get(path)).status))
    const guests = async () => (await stranger.get(`/events/${elsewhere.slug}/guests`)).text()
    expect(new Set(await statuses())).toEqual(new Set([200]))
    expect(await guests()).toContain('leaving.example')

    const gone = await browser.post('/settings/unlist')
    expect([gone.status, gone.headers.get('location')]).toEqual([303, '/settings#listing'])
    expect(new Set(await statuses())).toEqual(new Set([404]))
    expect(await guests()).not.toContain('leaving.example')
    expect((await stranger.json('POST', `/api/users/${host.id}/refresh-profile`)).status).toBe(404)
    expect(await (await stranger.get('/api/events?q=supper')).text()).not.toContain('Quiet supper')
    expect(await (await browser.get('/u/leaving.example')).text()).toContain('Only you see this page')
    expect(await (await browser.get(`/events/${own.slug}`)).text()).toContain('You asked not to be listed')

    await browser.post('/settings/list')
    expect(new Set(await statuses())).toEqual(new Set([200]))
    const log = await db.selectFrom('audit_log').select('action').where('account_id', '=', host.id).execute()
    expect(log.map(({ action }) => action)).toEqual(['unlist', 'list'])
  })

  it('is offered to those whom we know from the network only', async () => {
    const { did } = await addPerson(web, { did: newDid(), handle: 'shadow.example', isShadow: true })
    const html = await (await (await visit()).get(`/u/${did}`)).text()
    expect(html).toContain('reason=leave')
    const signIn = await (await visit()).get('/sign-in?return_to=%2Fsettings%23listing&reason=leave')
    expect(await signIn.text()).toContain('one click takes your page away')
  })
})

describe('an export', () => {
  it('has all that is of a person, and no secret of theirs or of ours', async () => {
    const account = await addPerson(web, { did: newDid(), handle: 'exporter.example', email: 'exporter@example.org' })
    await addEvent(web, account, { name: 'Draft of mine', draft: true })
    const { authorization } = await bearer(web, account)
    const browser = await visit(account)
    const response = await browser.get('/settings/export')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="openmeet-[\d-]+\.json"$/)
    const text = await response.text()
    for (const part of ['Draft of mine', 'exporter@example.org', account.did ?? '']) expect(text).toContain(part)
    expect(text).not.toMatch(/hash|sealed|dpop/i)
    expect(text).not.toContain(authorization.slice('Bearer '.length))
    expect(text).not.toContain(browser.cookies.get('openmeet'))
  })
})

describe('deleting an account', () => {
  it('asks for a name to be typed, and then leaves nothing', async () => {
    const account = await addPerson(web, { email: 'leaver@example.org' })
    const event = await addEvent(web, account, { name: 'Gone soon' })
    const browser = await visit(account)
    const wrong = await browser.post('/settings/delete', { confirmation: 'yes' })
    expect([wrong.status, await wrong.text()]).toEqual([
      422,
      expect.stringContaining('Type exactly: leaver@example.org'),
    ])
    const gone = await browser.post('/settings/delete', { confirmation: ' Leaver@example.org ' })
    expect([gone.status, gone.headers.get('location')]).toEqual([303, '/'])
    expect(await findAccount(account.id)).toBeUndefined()
    expect((await (await visit()).get(`/events/${event.slug}`)).status).toBe(404)
    expect((await browser.get('/settings')).status).toBe(303)
  })

  it('keeps of a DID only that it is not to be shown, and frees the places it took', async () => {
    const { db } = web.services
    const did = newDid()
    const account = await addPerson(web, { did, handle: 'kept.example', email: 'kept@example.org', isAdmin: true })
    const host = await addPerson(web, { did: newDid(), handle: 'full.example' })
    const waiting = await addPerson(web, { did: newDid(), handle: 'waiting.example' })
    const event = await addEvent(web, host, { capacity: 1, waitlist: true })
    for (const who of [account, waiting]) await answerEvent(db, who, { eventId: event.id, answer: { status: 'going' } })
    const mine = await addEvent(web, account)
    await pretendPublished(web, mine.uri ?? '', { name: mine.name })
    await (await visit(account)).post('/settings/delete', { confirmation: '@kept.example', records: 'keep' })
    expect(await findAccount(account.id)).toMatchObject({
      ...{ did, handle: null, email: null, claimed_at: null, is_admin: false, display_name: '' },
      unlisted_at: expect.any(Date),
    })
    const answers = await db.selectFrom('rsvps').selectAll().where('event_id', '=', event.id).execute()
    expect(answers.map(({ account_id, place }) => [account_id, place])).toEqual([[waiting.id, 'confirmed']])
    expect(await db.selectFrom('outbox').selectAll().where('did', '=', did).execute()).toEqual([])
    // What the network goes on telling of the repo stays out of sight.
    await ingest(web, [eventOp({ did, rkey: 'later', n: 9 }, { name: 'Written elsewhere' })])
    expect(await (await (await visit()).get('/api/events?q=elsewhere')).text()).not.toContain('Written elsewhere')
    expect((await (await visit()).get(`/u/${did}`)).status).toBe(404)
  })

  it('orders the records that were written from here to be deleted, and then gives the session back', async () => {
    const { db } = web.services
    const did = newDid()
    const account = await addPerson(web, { did, handle: 'records.example' })
    const mine = await addEvent(web, account)
    await pretendPublished(web, mine.uri ?? '', { name: mine.name })
    await ingest(web, [eventOp({ did, rkey: 'theirs', n: 5 })])
    const old = new Date(Date.now() - 3600_000)
    await db.insertInto('oauth_sessions').values({ did, dpop_key: 'key', created_at: old }).execute()
    await (await visit(account)).post('/settings/delete', { confirmation: 'records.example', records: 'delete' })
    const orders = await db.selectFrom('outbox').select(['uri', 'action']).where('did', '=', did).execute()
    expect(orders).toEqual([{ uri: mine.uri, action: 'delete' }])
    const dropped: string[] = []
    const oauth = { disconnect: async (gone: string) => void dropped.push(gone) }
    await dropLeftSessions(db, oauth)
    expect(dropped).not.toContain(did)
    await db.deleteFrom('outbox').where('did', '=', did).execute()
    await dropLeftSessions(db, oauth)
    expect(dropped).toContain(did)
  })
})
