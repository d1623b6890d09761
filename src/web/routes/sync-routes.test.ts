import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent, hoursFromNow, pretendPublished } from '../../../testkit/test-events.ts'
import { type TestBrowser, type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { requiredScopes } from '../../atproto/oauth-scopes.ts'
import type { EventRow } from '../../events/event-row.ts'
import { pauseRepo } from '../../records/repo-pause.ts'
import { answerEvent } from '../../rsvps/write-rsvp.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
let ana: AccountRow
let browser: TestBrowser
let stranger: TestBrowser
const did = newDid()
beforeAll(async () => {
  web = await openTestWeb()
  ana = await addPerson(web, { did, handle: 'ana.example' })
  browser = await openBrowser(web, eventRoutes, ana)
  stranger = await openBrowser(web, eventRoutes)
  const session = { did, dpop_key: 'x', state: 'active', sealed: Buffer.from('x'), scope: requiredScopes.join(' ') }
  await web.services.db.insertInto('oauth_sessions').values(session).execute()
})
afterAll(async () => web[Symbol.asyncDispose]())

const cardOf = async ({ slug }: EventRow, who = browser) => {
  const html = await (await who.get(`/events/${slug}`)).text()
  return (
    /<section id="bluesky"[^]*?<\/section>/
      .exec(html)?.[0]
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ') ?? ''
  )
}
const flashOf = async (event: EventRow) => {
  await browser.post(`/events/${event.slug}/sync`)
  return /<[^>]* id="flash"[^>]*>([^]*?)<\/(?:div|p)>/
    .exec(await (await browser.get(`/events/${event.slug}`)).text())?.[1]
    ?.replace(/<[^>]+>/g, ' ')
}
const syncByApi = async ({ slug }: EventRow) => {
  const response = await browser.json('POST', `/api/events/${slug}/sync`)
  return [response.status, (await response.json()) as object]
}
const published = async (event: EventRow) => {
  await pretendPublished(web, event.uri ?? '', { name: event.name })
  return event
}

describe('the card of an event', () => {
  it('says when it was last in sync, and how many answers are', async () => {
    const event = await published(await addEvent(web, ana))
    const guest = await addPerson(web, { did: newDid(), handle: 'guest.example' })
    const { uri } = await answerEvent(web.services.db, guest, { eventId: event.id, answer: { status: 'going' } })
    expect(await cardOf(event)).toMatch(/On Bluesky.*0 of 1 in sync.*Last sync/)
    await pretendPublished(web, uri ?? '', {})
    expect(await cardOf(event)).toContain('1 of 1 in sync')
  })

  it('tells its owner how long a write has waited, why, and when it is tried again; others only that it comes', async () => {
    const event = await addEvent(web, ana)
    await sql`
      update outbox set attempts = 3, due_at = ${hoursFromNow(1)}, enqueued_at = now() - interval '2 hours',
        last_error = 'InternalServerError: no' where uri = ${event.uri}`.execute(web.services.db)
    const card = await cardOf(event)
    expect(card).toMatch(/Waiting to publish.*could not take it.*3 tries.*InternalServerError: no.*Waiting since.*2 h/)
    const theirs = await cardOf(event, stranger)
    expect(theirs).not.toMatch(/tries|InternalServerError|Waiting since/)
  })

  it.each([
    ['host', 'did not answer'],
    ['rate-limit', 'slow down'],
    ['away', 'deactivated'],
  ] as const)('says what holds all of a repo back: %s', async (reason, words) => {
    const event = await addEvent(web, ana)
    await pauseRepo(web.services.db, did, { reason, until: hoursFromNow(1), error: 'x' })
    expect(await cardOf(event)).toContain(words)
    await sql`delete from outbox_pauses`.execute(web.services.db)
  })

  it('shows what the server said of a record that it refused, with a button to try again', async () => {
    const event = await published(await addEvent(web, ana))
    await sql`
      update records set sync_status = 'SYNC_FAILED', sync_error = 'InvalidRequest: no such date'
      where uri = ${event.uri}`.execute(web.services.db)
    expect(await cardOf(event)).toMatch(/refused the record.*InvalidRequest: no such date.*Try again/)
  })
})

describe('sync now', () => {
  it.each([
    ['draft', { draft: true }, /draft/],
    ['private', { visibility: 'private' as const }, /private/],
    ['unlisted', { visibility: 'unlisted' as const }, /unlisted/],
  ])('of what is %s says why not, on the page and by the API', async (_, input, words) => {
    const event = await addEvent(web, ana, input)
    expect(await flashOf(event)).toMatch(words)
    expect(await syncByApi(event)).toMatchObject([409, { detail: expect.stringMatching(words) }])
  })

  it('is queued where something differs', async () => {
    const event = await published(await addEvent(web, ana))
    expect(await flashOf(event)).toContain('On its way')
    expect(await syncByApi(event)).toMatchObject([202, { outcome: 'queued', sync: { status: 'NEEDS_SYNC' } }])
    await pauseRepo(web.services.db, did, { reason: 'rate-limit', until: hoursFromNow(1), error: 'x' })
    expect(await syncByApi(event)).toMatchObject([202, { outcome: 'rate-limit' }])
    await sql`update outbox_pauses set reason = 'host'`.execute(web.services.db)
    expect(await syncByApi(event)).toMatchObject([202, { outcome: 'host-away' }])
    expect(await syncByApi(event)).toMatchObject([202, { outcome: 'queued' }])
  })

  it('waits for its person where the session has ended, or there is no repo', async () => {
    const event = await addEvent(web, ana)
    await sql`update oauth_sessions set state = 'needs_reconnect'`.execute(web.services.db)
    expect(await flashOf(event)).toContain('reconnect')
    await sql`update oauth_sessions set state = 'active'`.execute(web.services.db)
    const ben = await addPerson(web, { email: 'ben@example.org' })
    const own = await addEvent(web, ben)
    const response = await (await openBrowser(web, eventRoutes, ben)).json('POST', `/api/events/${own.slug}/sync`)
    expect([response.status, await response.text()]).toEqual([409, expect.stringContaining('Connect your Bluesky')])
  })
})

it('the form says that public events are published too, and offers it for unlisted ones', async () => {
  const html = await (await browser.get('/events/new')).text()
  expect(/<p class="note publishes">[^<]*/.exec(html)?.[0]).toContain('Public events are also published to Bluesky')
  expect(html).toMatch(/<input[^>]*name="publishUnlisted"/)
})
