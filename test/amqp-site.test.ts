import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEvent, updateEvent } from '../src/events/write-event.ts'
import { findCursor } from '../src/ingest/cursor-store.ts'
import { whySkipped } from '../testkit/test-broker.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'

const soon = { timeout: 15_000, interval: 20 }

describe.skipIf(whySkipped)(`a site over RabbitMQ${whySkipped}`, () => {
  let site: TestSite
  beforeAll(async () => {
    site = await startTestSite()
  })
  afterAll(() => site[Symbol.asyncDispose]())

  const find = (uri: string) =>
    site.services.db.selectFrom('events').select(['name', 'version']).where('uri', '=', uri).executeTakeFirst()
  const confirmed = async () => (await site.services.metrics.amqpConfirmed.get()).values[0]?.value ?? 0

  test('learns of an event, of its edit and of its deletion on the PDS', async () => {
    const ana = await site.newPerson('ana')
    const before = await confirmed()
    const { uri } = await site.app.createEvent(ana.did, { name: 'One', startsAt: '2027-03-02T18:00:00Z' })
    await expect.poll(async () => (await find(uri))?.name, soon).toBe('One')
    await site.app.editEvent(uri, { name: 'Two' })
    await expect.poll(async () => (await find(uri))?.name, soon).toBe('Two')
    await site.app.deleteRecord(uri)
    await expect.poll(() => find(uri), soon).toBeUndefined()
    expect((await confirmed()) - before).toBeGreaterThanOrEqual(3)
    expect((await findCursor(site.services.db, 'jetstream'))?.cursor).toBeGreaterThan(0)
  })

  test('writes to the PDS, and the echo that comes back over the broker changes nothing', async () => {
    const ben = await site.newPerson('ben')
    const { db } = site.services
    const { id, uri } = await createEvent(db, ben, { name: 'Here', startsAt: '2027-03-02T18:00:00Z' })
    await updateEvent(db, ben, { id, patch: { name: 'Edited here' } })
    await site.settled()
    const { version } = (await find(uri ?? '')) ?? {}
    const other = await site.app.createEvent(ben.did, { name: 'Marker', startsAt: '2027-03-02T18:00:00Z' })
    await expect.poll(async () => (await find(other.uri))?.name, soon).toBe('Marker')
    expect((await find(uri ?? ''))?.version).toBe(version)
  })
})
