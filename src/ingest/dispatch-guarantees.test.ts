import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  accountOp,
  deleteOp,
  eventOp,
  eventUri,
  newDid,
  rev,
  rsvpOp,
  rsvpUri,
  toMessages,
} from '../../testkit/calendar-ops.ts'
import { TestIngest } from '../../testkit/test-ingest.ts'
import type { Op } from '../atproto/record-op.ts'
import { findCursor } from './cursor-store.ts'
import { countDeadLetters } from './dead-letter-store.ts'

let ingest: TestIngest
let ana: string
let ben: string

beforeAll(async () => {
  ingest = await TestIngest.start()
})
afterAll(() => ingest[Symbol.asyncDispose]())
beforeEach(async () => {
  await ingest.forgetAll()
  ana = newDid()
  ben = newDid()
})

describe('no op has two effects', () => {
  test('an op that comes again changes nothing, not even a time', async () => {
    const ops = [
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a')),
      accountOp(ana, 'deactivated', 1),
    ]
    expect(await ingest.take(...ops)).toMatchObject({ applied: 2, replayed: 0 })
    const before = await ingest.dump()
    expect(await ingest.take(...ops)).toMatchObject({ applied: 0, replayed: 2 })
    expect(await ingest.dump()).toEqual(before)
  })

  test('an older op that comes later changes nothing', async () => {
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'New' }))
    expect(await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }, { name: 'Old' }))).toMatchObject({ replayed: 1 })
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ name: 'New' })
  })

  test('a late create does not bring back a deleted record', async () => {
    const op = eventOp({ did: ana, rkey: 'a', n: 1 })
    await ingest.take(deleteOp(op, 2))
    await ingest.take(op)
    expect(await ingest.events()).toEqual([])
    expect(await ingest.accounts()).toEqual([])
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 3 }))
    expect(await ingest.events()).toHaveLength(1)
  })

  test('within a batch the newest version counts, whatever the order', async () => {
    const [first, second] = [
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'Two' }),
    ]
    expect(await ingest.take(second, first, second)).toMatchObject({ applied: 1, replayed: 2 })
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ name: 'Two', version: 1 })
  })
})

describe('no op is lost', () => {
  test('the cursor moves with the effects, and never back', async () => {
    await ingest.takeAt(5, { messages: toMessages([eventOp({ did: ana, rkey: 'a', n: 1 })]) })
    await ingest.takeAt(3)
    expect(await findCursor(ingest.db, 'test')).toMatchObject({ cursor: 5, host: 'a' })
  })

  test('where the source starts anew, so does the cursor', async () => {
    await ingest.takeAt(500)
    await ingest.takeAt(7, { notices: [{ reason: 'cursor-in-future', detail: 'x', restarts: true }] })
    expect(await findCursor(ingest.db, 'test')).toMatchObject({ cursor: 7 })
    expect(await ingest.db.selectFrom('source_notices').select(['source', 'reason']).execute()).toEqual([
      { source: 'test', reason: 'cursor-in-future' },
    ])
  })

  test('a poisonous message about a repo is put aside with its reason, and stops nobody else', async () => {
    await ingest.take(eventOp({ did: ana, rkey: 'before', n: 1 }))
    await sql`alter table accounts add constraint no_poison check (repo_status <> 'takendown')`.execute(ingest.db)
    try {
      const after = eventOp({ did: ben, rkey: 'after', n: 3 })
      const noRev: Op = { kind: 'sync', did: ana, rev: '\0', time: new Date() }
      const tally = await ingest.take(accountOp(`${ana}\0`, 'deleted', 1), noRev, accountOp(ana, 'takendown', 2), after)
      expect(tally).toMatchObject({ applied: 1, deadLettered: 3 })
      expect(Object.fromEntries(tally.reasons)).toEqual({
        'address-invalid': 1,
        'rev-invalid': 1,
        'database-refused': 1,
      })
    } finally {
      await sql`alter table accounts drop constraint no_poison`.execute(ingest.db)
    }
  })

  test('a poisonous op is put aside with its reason, and stops nobody else', async () => {
    const uri = eventUri(ana, 'poison')
    await sql`alter table events add constraint no_poison check (name <> 'poison')`.execute(ingest.db)
    try {
      const messages = toMessages([
        eventOp({ did: ana, rkey: 'before', n: 1 }),
        eventOp({ did: ana, rkey: 'poison', n: 2 }, { name: 'poison' }),
        eventOp({ did: ben, rkey: 'after', n: 3 }),
      ])
      expect(await ingest.takeAt(9, { messages })).toMatchObject({ applied: 2, deadLettered: 1 })
    } finally {
      await sql`alter table events drop constraint no_poison`.execute(ingest.db)
    }
    expect((await ingest.events()).map(({ name }) => name).sort()).toEqual(['Event after', 'Event before'])
    expect(
      await ingest.db.selectFrom('dead_letters').select(['uri', 'rev', 'reason', 'error', 'attempts']).execute(),
    ).toEqual([
      { uri, rev: rev(2), reason: 'database-refused', error: expect.stringContaining('no_poison'), attempts: 1 },
    ])
    expect(await findCursor(ingest.db, 'test')).toMatchObject({ cursor: 9 })
    expect(await ingest.ledger(uri)).toBeUndefined()
  })

  test('a deadlock, or a database that is away, costs no op: the batch is tried again', async () => {
    await sql`create sequence if not exists failures`.execute(ingest.db)
    await sql`create or replace function fail_twice() returns trigger language plpgsql as $$ begin
      if nextval('failures') <= 2 then raise exception 'not now' using errcode = '40P01'; end if; return null; end $$`.execute(
      ingest.db,
    )
    await sql`create constraint trigger fail_twice after insert on events deferrable initially deferred for each row execute function fail_twice()`.execute(
      ingest.db,
    )
    try {
      expect(await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }))).toMatchObject({ applied: 1, deadLettered: 0 })
    } finally {
      await sql`drop trigger fail_twice on events`.execute(ingest.db)
    }
    expect(await ingest.events()).toHaveLength(1)
  })

  test('what is no op at all is kept with its reason, once', async () => {
    const bad: Op = { kind: 'bad', reason: 'message-unreadable', error: 'no', raw: { did: ana, kind: 'commit' } }
    const wrong = { ...eventOp({ did: ana, rkey: 'has space', n: 1 }) }
    expect(await ingest.take(bad, wrong, { ...eventOp({ did: ana, rkey: 'r', n: 1 }), rev: '' })).toMatchObject({
      deadLettered: 3,
      applied: 0,
    })
    expect(await ingest.take(bad)).toMatchObject({ deadLettered: 0, replayed: 1 })
    expect(await countDeadLetters(ingest.db)).toEqual([
      { reason: 'address-invalid', count: 1 },
      { reason: 'message-unreadable', count: 1 },
      { reason: 'rev-invalid', count: 1 },
    ])
  })

  test('a record that says nothing is kept, put aside and shown nowhere', async () => {
    const op = rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a'))
    const empty = { ...op, record: { $type: 'community.lexicon.calendar.rsvp' } }
    expect(await ingest.take(empty)).toMatchObject({ deadLettered: 1, applied: 0 })
    expect(await ingest.ledger(rsvpUri(ben, 'r'))).toMatchObject({ rev: rev(1) })
    expect(await ingest.accounts()).toEqual([])
    expect(await ingest.take(empty)).toMatchObject({ deadLettered: 0, replayed: 1 })
    await ingest.take({ ...op, rev: rev(2) })
    expect(await countDeadLetters(ingest.db)).toEqual([])
  })

  test('an event that becomes unreadable is hidden, and shown again when it can be read', async () => {
    const op = eventOp({ did: ana, rkey: 'a', n: 1 })
    await ingest.take(op)
    await ingest.take({ ...op, rev: rev(2), record: { $type: 'community.lexicon.calendar.event' } })
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: 'record-unreadable' })
    await ingest.take({ ...op, rev: rev(3) })
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: null })
  })
})

describe('text nobody expects', () => {
  test.each([
    ['NUL', 'a\0b', 'a\uFFFDb'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
    ['an escaped NUL', 'a\\u0000b', 'a\\u0000b'],
  ])('%s is kept raw and shown harmless', async (_, name, shown) => {
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }, { name, uris: [{ uri: 'https://example.org', name }] }))
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ name: shown })
    expect(await ingest.ledger(eventUri(ana, 'a'))).toMatchObject({ value: expect.objectContaining({ name }) })
  })

  test('a key named __proto__ stays a key', async () => {
    const record = JSON.parse('{"name":"Proto","__proto__":{"x":1},"createdAt":"2026-01-01T00:00:00Z"}')
    await ingest.take({ ...eventOp({ did: ana, rkey: 'a', n: 1 }), record })
    const { rows } = await sql<{ value: string }>`select value::text as value from records`.execute(ingest.db)
    expect(rows[0]?.value).toBe(JSON.stringify(record))
  })

  test('depth without end costs only its own op', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)
    const tally = await ingest.take(
      { ...eventOp({ did: ana, rkey: 'deep', n: 1 }, deep), cid: 'bafyreideep' },
      eventOp({ did: ben, rkey: 'b', n: 1 }),
    )
    expect(tally).toMatchObject({ applied: 1, deadLettered: 1 })
  })
})
