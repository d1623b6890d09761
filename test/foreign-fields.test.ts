import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountRow } from '../src/accounts/account.ts'
import { isJsonObject, type JsonObject } from '../src/base/json.ts'
import type { EventPatch } from '../src/events/event-input.ts'
import { buildEventRecord } from '../src/events/publish-event.ts'
import { updateEvent } from '../src/events/write-event.ts'
import { findRecord } from '../src/records/record-store.ts'
import { anyEventRecord } from '../testkit/any-record.ts'
import { eventOp, newDid } from '../testkit/calendar-ops.ts'
import { historyCount } from '../testkit/run-count.ts'
import { ingest } from '../testkit/test-events.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'
import { type TestWeb, addPerson, openTestWeb, testOrigin } from '../testkit/test-web.ts'

const word = fc.stringMatching(/^[A-Z][a-z]{3,12}$/)
const anyPatch: fc.Arbitrary<EventPatch> = fc.record(
  {
    name: word.map((text) => `${text} here`),
    description: word.map((text) => `${text}, described here`),
    rsvpExpected: fc.boolean(),
    status: fc.constantFrom('postponed', 'rescheduled'),
    mode: fc.constantFrom('hybrid'),
    capacity: fc.integer({ min: 1, max: 50 }),
    approval: fc.boolean(),
  },
  { requiredKeys: [] },
)
/** What an edit of a field may touch of the record; what no record carries touches nothing. */
const touches: Record<string, string[]> = { description: ['description', 'facets'], capacity: [], approval: [] }

describe('an edit here of a record of another app', () => {
  let web: TestWeb
  let owner: AccountRow
  const did = newDid()
  beforeAll(async () => {
    web = await openTestWeb()
    owner = await addPerson(web, { did, handle: 'owner.example' })
  })
  afterAll(() => web?.[Symbol.asyncDispose]())

  /** The road of a real one: taken in from the network, edited in the form or by the API, written by the worker. */
  async function roundTrip(record: JsonObject, patch: EventPatch, rkey: string): Promise<JsonObject | undefined> {
    const { db } = web.services
    await ingest(web, [{ ...eventOp({ did, rkey, n: 1 }), record }])
    const uri = `at://${did}/community.lexicon.calendar.event/${rkey}`
    const event = await db.selectFrom('events').selectAll().where('uri', '=', uri).executeTakeFirst()
    // A record that says nothing at all is no event.
    if (!event) return undefined
    await updateEvent(db, owner, { id: event.id, patch })
    return db.transaction().execute(async (tx) => {
      const base = (await findRecord(tx, uri))?.value
      const built = isJsonObject(base) ? await buildEventRecord(tx, uri, { base, publicUrl: testOrigin }) : undefined
      return built?.kind === 'record' ? built.record : undefined
    })
  }

  test('leaves every byte of what it does not change, whatever that is', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(anyEventRecord, anyPatch, async (record, patch) => {
        const written = await roundTrip(record, patch, `bytes${n++}`)
        if (!written) return
        const touched = new Set(Object.keys(patch).flatMap((key) => touches[key] ?? [key]))
        const rest = (one: JsonObject) => JSON.stringify(Object.entries(one).filter(([key]) => !touched.has(key)))
        expect(rest(written)).toBe(rest(record))
        // Facets are offsets into the text they came with.
        expect(patch.description !== undefined && 'facets' in written).toBe(false)
        expect(written['name']).toEqual(patch.name ?? record['name'])
      }),
      { numRuns: historyCount },
    )
  }, 60_000)

  test('that does not touch its status never brings a cancelled event back', async () => {
    const statuses = ['cancelled', 'CANCELLED', 'x.y.z#cancelled', 'community.lexicon.calendar.event#cancelled']
    for (const [n, status] of statuses.entries()) {
      const written = await roundTrip({ name: 'Off', status }, { name: 'Still off', startsAt: null }, `status${n}`)
      expect(written).toMatchObject({ name: 'Still off', status })
    }
  })
})

describe('on a real PDS', () => {
  let site: TestSite
  beforeAll(async () => {
    site = await startTestSite()
  })
  afterAll(() => site?.[Symbol.asyncDispose]())

  test('an edit here leaves theme, facets, other pictures, places and links as another app wrote them', async () => {
    const ana = await site.newPerson('ana')
    const blob = await site.app.uploadBlob(ana.did, Buffer.from('\x89PNG\r\n\x1a\n poster'), 'image/png')
    const theirs: JsonObject = {
      name: 'Theirs',
      description: 'See @ana for more',
      facets: [{ index: { byteStart: 4, byteEnd: 8 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'x' }] }],
      startsAt: '2031-02-01T10:00:00+02:00',
      theme: { name: 'minimal', accent: { hue: 210, deep: [1, null, { a: true }] } },
      media: [
        { role: 'poster', content: blob, note: 'kept' },
        { role: 'video', content: { cid: 'none' } },
      ],
      uris: [
        { uri: 'ats://space/x', $type: 'x.y#z' },
        { uri: 'example.org/no-scheme', extra: 1 },
      ],
      locations: [
        { $type: 'a.b.c', room: 7 },
        { $type: 'community.lexicon.location.hthree', value: '8a2a1072b59ffff' },
      ],
      'net.example.thing': { $type: 'net.example.thing', list: [] },
    }
    const { uri } = await site.app.createEvent(ana.did, theirs)
    const before = (await site.app.readRecord(uri)).value
    const find = site.services.db.selectFrom('events').selectAll().where('uri', '=', uri)
    await expect.poll(() => find.executeTakeFirst(), { timeout: 10_000 }).toBeDefined()
    const { id } = await find.executeTakeFirstOrThrow()
    await updateEvent(site.services.db, ana, { id, patch: { name: 'Ours', status: 'postponed' } })
    await site.settled()
    const after = (await site.app.readRecord(uri)).value
    const ours = new Set(['name', 'status'])
    const rest = (one: JsonObject) => JSON.stringify(Object.entries(one).filter(([key]) => !ours.has(key)))
    expect(rest(after)).toBe(rest(before))
    expect(after).toMatchObject({ name: 'Ours', status: 'community.lexicon.calendar.event#postponed' })
    await updateEvent(site.services.db, ana, { id, patch: { description: 'Another text' } })
    await site.settled()
    expect((await site.app.readRecord(uri)).value).not.toHaveProperty('facets')
  })
})
