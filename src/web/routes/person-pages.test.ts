import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventOp, eventUri, newDid, rsvpOp } from '../../../testkit/calendar-ops.ts'
import { addEvent, hoursFromNow, ingest } from '../../../testkit/test-events.ts'
import { type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import { requiredScopes } from '../../atproto/oauth-scopes.ts'
import { answerEvent } from '../../rsvps/write-rsvp.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
beforeAll(async () => void (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())

const past = { startsAt: hoursFromNow(-50).toISOString(), endsAt: hoursFromNow(-49).toISOString() }

describe('a profile', () => {
  it('of somebody the network knows asks whether it is you', async () => {
    const [did, guest] = [newDid(), newDid()]
    const startsAt = hoursFromNow(30).toISOString()
    await ingest(web, [eventOp({ did, rkey: 'e', n: 1 }, { name: 'Seen afar', startsAt })])
    await ingest(web, [rsvpOp({ did: guest, rkey: 'r', n: 1 }, eventUri(did, 'e'))])
    const visitor = await openBrowser(web, eventRoutes)
    const html = await (await visitor.get(`/u/${did}`)).text()
    for (const text of ['Not on this site yet', 'Seen afar', 'reason=claim']) expect(html).toContain(text)
    expect(await (await visitor.get(`/u/${guest}?tab=going`)).text()).toContain('Seen afar')
    expect((await visitor.get('/u/nobody.example')).status).toBe(404)
  })

  it('shows what is to come, what one goes to and what is over, each for itself', async () => {
    const ana = await addPerson(web, { did: newDid(), handle: 'ana.example' })
    const bo = await addPerson(web, { did: newDid(), handle: 'bo.example' })
    await addEvent(web, ana, { name: 'To come' })
    await addEvent(web, ana, { name: 'Undated', startsAt: null, endsAt: null })
    await addEvent(web, ana, { name: 'Over', ...past })
    const { id: eventId } = await addEvent(web, bo, { name: 'At Bo’s' })
    await answerEvent(web.services.db, ana, { eventId, answer: { status: 'going' } })
    const visitor = await openBrowser(web, eventRoutes)
    const shown = async (tab: string) => {
      const html = await (await visitor.get(`/u/ana.example${tab}`)).text()
      return ['To come', 'Undated', 'Over', 'At Bo’s'].filter((name) => html.includes(`>${name}<`))
    }
    expect(await shown('')).toEqual(['To come', 'Undated'])
    expect(await shown('?tab=going')).toEqual(['At Bo’s'])
    expect(await shown('?tab=past')).toEqual(['Over'])
    const own = await (await (await openBrowser(web, eventRoutes, ana)).get('/u/ana.example')).text()
    expect(own).toContain('Your records')
    expect(await (await visitor.get('/u/ana.example')).text()).not.toContain('Your records')
  })
})

describe('the Bluesky section of a profile', () => {
  it('names the handle, says that it is verified, links to Bluesky and counts followers', async () => {
    const eva = await addPerson(web, { did: newDid(), handle: 'eva.example' })
    const counts = { followers_count: 1204, following_count: 1 }
    await web.services.db.updateTable('accounts').set(counts).where('id', '=', eva.id).execute()
    const visitor = await openBrowser(web, eventRoutes)
    const html = await (await visitor.get('/u/eva.example')).text()
    for (const text of ['@eva.example', 'Verified via Bluesky', '1,204 followers', '1 following'])
      expect(html).toContain(text)
    expect(html).toContain('href="https://bsky.app/profile/eva.example"')
  })

  it('calls nobody verified whose handle could not be checked, nor who is not on the network', async () => {
    const did = newDid()
    await addPerson(web, { did })
    const { id } = await addPerson(web)
    const visitor = await openBrowser(web, eventRoutes)
    const ofDid = await (await visitor.get(`/u/${did}`)).text()
    expect(ofDid).not.toContain('Verified via Bluesky')
    expect(ofDid).toContain(`href="https://bsky.app/profile/${did}"`)
    expect(await (await visitor.get(`/u/${id}`)).text()).not.toMatch(/bsky\.app|Verified via Bluesky/)
  })

  it('tells its person, and nobody else, how many records are in sync, wait and failed', async () => {
    const flo = await addPerson(web, { did: newDid(), handle: 'flo.example' })
    const { db } = web.services
    const states = ['IN_SYNC', 'IN_SYNC', 'NEEDS_SYNC', 'SYNC_FAILED']
    for (const state of states) {
      const { uri } = await addEvent(web, flo, { name: state })
      await db
        .updateTable('records')
        .set({ sync_status: state })
        .where('uri', '=', uri ?? '')
        .execute()
    }
    const session = { did: flo.did ?? '', dpop_key: 'key', scope: requiredScopes.join(' ') }
    await db.insertInto('oauth_sessions').values(session).execute()
    const own = await (await (await openBrowser(web, eventRoutes, flo)).get('/u/flo.example')).text()
    for (const text of ['2 in sync', '1 waiting', '1 needs you']) expect(own).toContain(text)
    const visitor = await openBrowser(web, eventRoutes)
    expect(await (await visitor.get('/u/flo.example')).text()).not.toContain('in sync')
  })
})

it('a profile under an old handle leads to the new one, until somebody else has the name', async () => {
  const gil = await addPerson(web, { did: newDid(), handle: 'gil-new.example' })
  const { db } = web.services
  await db.insertInto('former_handles').values({ handle: 'gil.example', account_id: gil.id }).execute()
  const visitor = await openBrowser(web, eventRoutes)
  const moved = await visitor.get('/u/Gil.example?tab=past')
  expect([moved.status, moved.headers.get('location')]).toEqual([302, '/u/gil-new.example?tab=past'])
  await db.updateTable('accounts').set({ unlisted_at: new Date() }).where('id', '=', gil.id).execute()
  expect((await visitor.get('/u/gil.example')).status).toBe(404)
  await addPerson(web, { did: newDid(), handle: 'gil.example' })
  expect((await visitor.get('/u/gil.example')).status).toBe(200)
})

describe('my events', () => {
  it('count what stands under each tab, and say how each stands with the network', async () => {
    const cleo = await addPerson(web, { did: newDid(), handle: 'cleo.example' })
    const dan = await addPerson(web, { did: newDid(), handle: 'dan.example' })
    await addEvent(web, cleo, { name: 'Public one' })
    await addEvent(web, cleo, { name: 'Private one', visibility: 'private' })
    await addEvent(web, cleo, { name: 'Draft one', draft: true })
    await addEvent(web, cleo, { name: 'Past one', ...past })
    const { id: eventId } = await addEvent(web, dan, { name: 'Interesting' })
    await answerEvent(web.services.db, cleo, { eventId, answer: { status: 'interested' } })
    const browser = await openBrowser(web, eventRoutes, cleo)
    const html = await (await browser.get('/me/events')).text()
    const counts = ['Hosting', 'Going', 'Drafts', 'Past'].map(
      (tab) => new RegExp(`>${tab}<[^>]*>\\s*(?:<[^>]*>)*(\\d+)`).exec(html)?.[1],
    )
    expect(counts).toEqual(['2', '1', '1', '1'])
    expect(html).toContain('Needs reconnect')
    const visitor = await openBrowser(web, eventRoutes)
    expect((await visitor.get('/me/events')).headers.get('location')).toBe('/sign-in?return_to=%2Fme%2Fevents')
    expect((await visitor.get('/api/me/events')).status).toBe(401)
  })

  it('page by cursor, the undated last', async () => {
    const eva = await addPerson(web, { handle: 'eva.example' })
    for (const i of [1, 2, 3])
      await addEvent(web, eva, { name: `Dated ${i}`, startsAt: hoursFromNow(i).toISOString(), endsAt: null })
    for (const i of [1, 2]) await addEvent(web, eva, { name: `Undated ${i}`, startsAt: null, endsAt: null })
    const browser = await openBrowser(web, eventRoutes, eva)
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = (await (await browser.get(`/api/me/events?limit=2${cursor}`)).json()) as {
        items: { name: string }[]
        cursor?: string
      }
      seen.push(...page.items.map(({ name }) => name))
      if (page.cursor === undefined) break
      cursor = `&cursor=${page.cursor}`
    }
    expect(seen).toEqual(['Dated 1', 'Dated 2', 'Dated 3', 'Undated 1', 'Undated 2'])
  })
})
