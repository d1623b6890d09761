import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyEventDetails, anyEventRecord } from '../../testkit/any-record.ts'
import { newDid } from '../../testkit/calendar-ops.ts'
import { historyCount } from '../../testkit/run-count.ts'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import type { JsonObject } from '../base/json.ts'
import { readEventRecord, writeEventRecord } from './event-record.ts'
import { toEventDetails } from './event-row.ts'
import { upsertNetworkEvents } from './upsert-network-events.ts'

const context = { createdAt: new Date('2026-01-01T00:00:00Z'), url: 'https://openmeet.example/events/x' }
const runs = { numRuns: historyCount * 2 }

describe('a record of an event', () => {
  let testDb: TestDb
  let ownerId: number
  beforeAll(async () => {
    testDb = await openTestDb()
    const account = await testDb.db
      .insertInto('accounts')
      .values({ did: newDid() })
      .returning('id')
      .executeTakeFirstOrThrow()
    ownerId = account.id
  })
  afterAll(async () => testDb[Symbol.asyncDispose]())

  it('comes back from its row byte for byte, whatever it contains', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(anyEventRecord, async (record) => {
        const uri = `at://did:plc:x/y/${n++}`
        const event = readEventRecord(record, '')
        await testDb.db.transaction().execute((tx) => upsertNetworkEvents(tx, [{ uri, ownerId, event }]))
        const row = await testDb.db.selectFrom('events').selectAll().where('uri', '=', uri).executeTakeFirstOrThrow()
        const written = writeEventRecord(toEventDetails(row), { ...context, base: record })
        expect(JSON.stringify(written)).toBe(JSON.stringify(record))
      }),
      runs,
    )
  })

  it('is read the same after it was written back', () => {
    fc.assert(
      fc.property(anyEventRecord, (record) => {
        const { details } = readEventRecord(record, '')
        expect(writeEventRecord(details, { ...context, base: record })).toEqual(record)
      }),
      runs,
    )
  })

  it('says what it was made to say, over any other', () => {
    fc.assert(
      fc.property(anyEventDetails, fc.oneof(anyEventRecord, fc.constant({})), (wanted, base) => {
        const record = writeEventRecord(wanted, { ...context, base })
        const { externalRsvpUrl: _, parentUri: __, uris, ...read } = readEventRecord(record, '').details
        const { externalRsvpUrl: ___, parentUri: ____, uris: wantedUris, ...all } = wanted
        // Where ours is taken away, another app's next picture stands for the event.
        expect(read).toEqual({ ...all, picture: all.picture ?? read.picture })
        expect(uris.filter(({ uri }) => uri !== context.url)).toEqual(wantedUris)
        expect(JSON.stringify(record)).not.toContain('undefined')
      }),
      runs,
    )
  })

  it('keeps, of what nobody touched, every byte', () => {
    fc.assert(
      fc.property(anyEventRecord, anyEventDetails, (base, { name, description }) => {
        const { details } = readEventRecord(base, '')
        const record = writeEventRecord({ ...details, name, description, facets: null }, { ...context, base })
        const touched = new Set(['name', 'description', 'facets'])
        const rest = (one: JsonObject) => JSON.stringify(Object.entries(one).filter(([key]) => !touched.has(key)))
        expect(rest(record)).toBe(rest(base))
      }),
      runs,
    )
  })

  it('names its page here where it begins here, and nowhere else', () => {
    const { details } = readEventRecord({ name: 'Picnic' }, '')
    const first = writeEventRecord(details, { ...context, base: {} })
    expect(first).toMatchObject({
      uris: [{ uri: context.url, name: 'Event page' }],
      createdWith: 'https://openmeet.example',
    })
    const again = writeEventRecord({ ...details, name: 'Picnic!' }, { ...context, base: first })
    expect(again['uris']).toEqual(first['uris'])
    const theirs = { $type: 'community.lexicon.calendar.event', name: 'Theirs', createdAt: '2026-01-01T00:00:00Z' }
    expect(writeEventRecord({ ...details, name: 'Ours' }, { ...context, base: theirs })).not.toHaveProperty('uris')
  })
})

describe('what is read of a record', () => {
  it.each<[string, JsonObject, object, string[]]>([
    ['no name', {}, { name: '' }, ['name.missing']],
    [
      'an end before its start',
      { startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' },
      { endsAt: null },
      ['name.missing', 'endsAt.before-start'],
    ],
    ['a start that is no time', { name: 'x', startsAt: 'tomorrow' }, { startsAt: null }, ['startsAt.unreadable']],
    [
      'a start in another age',
      { name: 'x', startsAt: '9999-01-01T00:00:00Z' },
      { startsAt: null },
      ['startsAt.out-of-range'],
    ],
    [
      'a start without an offset',
      { name: 'x', startsAt: '2026-07-01T10:00', timezone: 'Europe/Berlin' },
      { startsAt: new Date('2026-07-01T08:00:00Z') },
      ['startsAt.offset-missing'],
    ],
    ['an unknown zone', { name: 'x', timezone: 'Moon/Base' }, { timezone: null }, ['timezone.unknown']],
    ['bare words', { name: 'x', mode: 'Online', status: 'CANCELLED' }, { mode: 'virtual', status: 'cancelled' }, []],
    [
      'words of its own',
      { name: 'x', mode: 'a#somewhere', status: 'sold-out' },
      { mode: 'somewhere', status: 'sold-out' },
      [],
    ],
    ['no wish to be found', { name: 'x', preferences: { showInDiscovery: 0 } }, { showInDiscovery: false }, []],
    [
      'a link without a name',
      { name: 'x', uris: ['https://a.example', { uri: '' }, 7] },
      { uris: [{ uri: 'https://a.example' }] },
      [],
    ],
  ])('with %s', (_, record, details, flags) => {
    const reading = readEventRecord(record, '')
    expect(reading.details).toMatchObject(details)
    expect(reading.flags).toEqual(flags)
  })
})
