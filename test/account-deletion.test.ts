import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deleteAccount } from '../src/accounts/delete-account.ts'
import { dropLeftSessions } from '../src/accounts/drop-left-sessions.ts'
import { findSessionState } from '../src/atproto/oauth-session-state.ts'
import { createEvent } from '../src/events/write-event.ts'
import { answerEvent } from '../src/rsvps/write-rsvp.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'

/** On a network of its own: what is left of a person in their repo, and of what we may do there. */
let site: TestSite
beforeAll(async () => void (site = await startTestSite()))
afterAll(() => site[Symbol.asyncDispose]())

const input = { name: 'Supper', startsAt: '2027-03-01T18:00:00.000Z' }
const rsvps = 'community.lexicon.calendar.rsvp'

/** Somebody with an event and an answer from here, and an event from another app. */
async function newcomer(name: string) {
  const { app, services } = site
  const person = await site.newPerson(name)
  const { did } = person
  await createEvent(services.db, person, input)
  const host = await site.newPerson(`${name}-host`)
  const { id: eventId } = await createEvent(services.db, host, input)
  await site.settled()
  await answerEvent(services.db, person, { eventId, answer: { status: 'going' } })
  await site.settled()
  const theirs = await app.createEvent(did, { name: 'By another app', createdAt: '2027-01-01T00:00:00.000Z' })
  expect([await app.listRecords(did), await app.listRecords(did, rsvps)].map(({ length }) => length)).toEqual([2, 1])
  return { ...person, theirs }
}

describe('after an account is deleted', () => {
  it('its records stay where they were asked to stay', async () => {
    const { id, did } = await newcomer('keeper')
    await deleteAccount(site.services.db, id, 'keep')
    await site.settled()
    expect([(await site.app.listRecords(did)).length, (await site.app.listRecords(did, rsvps)).length]).toEqual([2, 1])
  })

  it('those written from here are gone where they were asked to go, and so is the session; the other app’s is not', async () => {
    const { db, oauth } = site.services
    const { id, did, theirs } = await newcomer('goer')
    await deleteAccount(db, id, 'delete')
    await dropLeftSessions(db, oauth)
    await site.settled()
    expect((await site.app.listRecords(did)).map(({ uri }) => uri)).toEqual([theirs.uri])
    expect(await site.app.listRecords(did, rsvps)).toEqual([])
    expect(await findSessionState(db, did)).toMatchObject({ state: 'connected' })
    await db
      .updateTable('oauth_sessions')
      .set({ created_at: new Date(Date.now() - 3600_000) })
      .where('did', '=', did)
      .execute()
    await dropLeftSessions(db, oauth)
    expect(await findSessionState(db, did)).toBeUndefined()
    const account = await db.selectFrom('accounts').selectAll().where('did', '=', did).executeTakeFirstOrThrow()
    expect(account).toMatchObject({ id, claimed_at: null, handle: null, display_name: '' })
  })
})
