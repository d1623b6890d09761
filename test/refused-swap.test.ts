import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '../src/accounts/account.ts'
import { listConflicts } from '../src/events/event-conflicts.ts'
import { createEvent, updateEvent } from '../src/events/write-event.ts'
import { answerEvent } from '../src/rsvps/write-rsvp.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'

// Nobody tells this site of other apps' edits: it learns of them when the PDS refuses to replace a version it has not.
let site: TestSite
let ana: AccountRow & { did: string }

beforeAll(async () => {
  site = await startTestSite({ SOURCE: 'none' })
  ana = await site.newPerson('ana')
})
afterAll(() => site[Symbol.asyncDispose]())

async function published(name: string) {
  const { id, uri } = await createEvent(site.services.db, ana, { name, description: 'old' })
  await site.settled()
  if (uri === null) throw new Error('it has no uri')
  return { id, uri }
}
const edit = async (id: number, patch: { name?: string; description?: string }) => {
  await updateEvent(site.services.db, ana, { id, patch })
  await site.settled()
}
const recordOf = async (uri: string) => (await site.app.readRecord(uri)).value

test('edits of different fields both survive a refused swap', async () => {
  const { id, uri } = await published('Both')
  await site.app.editEvent(uri, { description: 'theirs', theirKey: { a: [1] } })
  await edit(id, { name: 'ours' })
  expect(await recordOf(uri)).toMatchObject({ name: 'ours', description: 'theirs', theirKey: { a: [1] } })
  expect(await site.event(id)).toMatchObject({ name: 'ours', description: 'theirs' })
  expect(await listConflicts(site.services.db, id, 'all')).toEqual([])
})

test('of one field theirs stands, ours is kept, and it is noted once', async () => {
  const { id, uri } = await published('Same')
  await site.app.editEvent(uri, { name: 'theirs' })
  await edit(id, { name: 'ours' })
  expect(await recordOf(uri)).toMatchObject({ name: 'theirs' })
  expect(await site.event(id)).toMatchObject({ name: 'theirs' })
  const noted = await listConflicts(site.services.db, id, 'all')
  expect(noted).toMatchObject([{ fields: ['name'], ours: { name: 'ours' }, theirs: { name: 'theirs' } }])
})

test('an edit of a record that was deleted elsewhere does not bring it back by itself', async () => {
  const { id, uri } = await published('Gone')
  await site.app.deleteRecord(uri)
  await edit(id, { name: 'Edited' })
  expect(await site.event(id)).toMatchObject({ hidden_reason: 'deleted-on-network', name: 'Edited' })
  await expect(recordOf(uri)).rejects.toMatchObject({ code: 'RecordNotFound' })
})

test('of two answers the newer stands, whichever side gave it', async () => {
  const { id, uri } = await published('Party')
  const answerHere = async (status: 'going' | 'interested' | 'notgoing') => {
    await answerEvent(site.services.db, ana, { eventId: id, answer: { status } })
    await site.settled()
  }
  await answerHere('interested')
  const theirs = await site.app.answer(ana.did, uri, 'notgoing')
  await answerHere('going')
  expect(await recordOf(theirs.uri)).toMatchObject({ status: 'community.lexicon.calendar.rsvp#going' })
  const row = await site.services.db.selectFrom('rsvps').selectAll().where('event_id', '=', id).executeTakeFirst()
  expect(row).toMatchObject({ status: 'going', uri: theirs.uri })
})

test('a first write that never arrived, and was edited since, is written; nothing counts as deleted', async () => {
  const { db } = site.services
  const release = await site.holdOutbox()
  const { id, uri } = await createEvent(db, ana, { name: 'First' })
  await updateEvent(db, ana, { id, patch: { name: 'Second' } })
  // Announced by a worker that died before it asked the PDS.
  await db.updateTable('records').set({ writing_cid: 'bafyreilost' }).where('uri', '=', uri).execute()
  await release()
  await site.settled()
  expect(await recordOf(uri ?? '')).toMatchObject({ name: 'Second' })
  expect(await site.event(id)).toMatchObject({ hidden_reason: null })
})
