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
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import type { Op } from '../atproto/record-op.ts'
import { silentLog } from '../../testkit/silent-log.ts'
import { findCursor } from './cursor-store.ts'
import { countDeadLetters } from './dead-letter-store.ts'
import { type Batch, type DispatchDeps, dispatchBatch } from './dispatch.ts'

let open: TestDb
let deps: DispatchDeps
let ana: string
let ben: string

beforeAll(async () => {
  open = await openTestDb()
  deps = { db: open.db, log: silentLog, publicUrl: 'https://meet.example.org' }
})
afterAll(() => open[Symbol.asyncDispose]())
beforeEach(async () => {
  await sql`truncate accounts, records, outbox, rsvp_records, dead_letters, cursors, conflicts, source_notices cascade`.execute(
    open.db,
  )
  ana = newDid()
  ben = newDid()
})

const take = (...ops: Op[]) => dispatchBatch(deps, 'test', { messages: toMessages(ops) })
const takeAt = (cursor: number, batch: Partial<Batch> = {}) =>
  dispatchBatch(deps, 'test', { messages: [], cursor, host: 'a', ...batch })

const events = () => open.db.selectFrom('events').selectAll().orderBy('uri').execute()
const event = async (uri: string) => (await events()).find((row) => row.uri === uri)
const ledger = async (uri: string) =>
  open.db.selectFrom('records').selectAll().where('uri', '=', uri).executeTakeFirst()
const accounts = () =>
  open.db.selectFrom('accounts').select(['did', 'claimed_at', 'repo_status']).orderBy('did').execute()

async function answers(uri: string): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select concat_ws(' ', a.did, r.status, split_part(r.uri, '/', 5)) as text
    from rsvps r join events e on e.id = r.event_id join accounts a on a.id = r.account_id
    where e.uri = ${uri} order by a.did`.execute(open.db)
  return rows.map(({ text }) => text)
}

describe('events from the network', () => {
  test('are there with their owner as a shadow account, raw record and typed fields', async () => {
    const record = { name: 'Chess', theme: { dark: true }, timezone: 'Europe/Berlin' }
    await take(eventOp({ did: ana, rkey: 'chess', n: 1 }, record))
    expect(await event(eventUri(ana, 'chess'))).toMatchObject({
      name: 'Chess',
      timezone: 'Europe/Berlin',
      origin: 'network',
      visibility: 'public',
      starts_at: new Date('2026-12-01T18:00:00Z'),
      slug: expect.stringMatching(/^chess-\w{8}$/),
    })
    expect(await ledger(eventUri(ana, 'chess'))).toMatchObject({
      rev: rev(1),
      value: expect.objectContaining(record),
      cid: expect.stringMatching(/^bafyrei/),
    })
    expect(await accounts()).toEqual([{ did: ana, claimed_at: null, repo_status: 'active' }])
  })

  test('change, and keep their address', async () => {
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    const before = await event(eventUri(ana, 'a'))
    await take(eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'Renamed', startsAt: '2027-01-01T00:00:00Z' }))
    expect(await event(eventUri(ana, 'a'))).toMatchObject({
      id: before?.id,
      slug: before?.slug,
      name: 'Renamed',
      previous_starts_at: before?.starts_at,
      version: 2,
    })
  })

  test('that ask not to be discovered are unlisted, and children know their parent', async () => {
    const parent = eventUri(ana, 'conference')
    await take(
      eventOp({ did: ana, rkey: 'quiet', n: 1 }, { preferences: { showInDiscovery: false } }),
      eventOp({ did: ana, rkey: 'talk', n: 2 }, { additionalData: { parentEvent: parent } }),
    )
    expect(await event(eventUri(ana, 'quiet'))).toMatchObject({ visibility: 'unlisted' })
    expect(await event(eventUri(ana, 'talk'))).toMatchObject({ parent_uri: parent })
  })

  test('go when their record is deleted', async () => {
    const op = eventOp({ did: ana, rkey: 'a', n: 1 })
    await take(op, rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a')))
    await take(deleteOp(op, 2))
    expect(await events()).toEqual([])
    expect(await ledger(eventUri(ana, 'a'))).toMatchObject({ deleted: true, value: null, cid: null, rev: rev(2) })
  })

  test('belong to their own repo: the same key in another is another event', async () => {
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }), eventOp({ did: ben, rkey: 'a', n: 2 }, { name: 'Not hers' }))
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ name: 'Event a' })
    await take(deleteOp(eventOp({ did: ben, rkey: 'a', n: 1 }), 3))
    expect(await events()).toHaveLength(1)
  })
})

describe('no op has two effects', () => {
  test('an op that comes again changes nothing, not even a time', async () => {
    const ops = [
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a')),
      accountOp(ana, 'deactivated', 1),
    ]
    expect(await take(...ops)).toMatchObject({ applied: 2, replayed: 0 })
    const before = await dump()
    expect(await take(...ops)).toMatchObject({ applied: 0, replayed: 2 })
    expect(await dump()).toEqual(before)
  })

  test('an older op that comes later changes nothing', async () => {
    await take(eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'New' }))
    expect(await take(eventOp({ did: ana, rkey: 'a', n: 1 }, { name: 'Old' }))).toMatchObject({ replayed: 1 })
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ name: 'New' })
  })

  test('a late create does not bring back a deleted record', async () => {
    const op = eventOp({ did: ana, rkey: 'a', n: 1 })
    await take(deleteOp(op, 2))
    await take(op)
    expect(await events()).toEqual([])
    expect(await accounts()).toEqual([])
    await take(eventOp({ did: ana, rkey: 'a', n: 3 }))
    expect(await events()).toHaveLength(1)
  })

  test('within a batch the newest version counts, whatever the order', async () => {
    const [first, second] = [
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'Two' }),
    ]
    expect(await take(second, first, second)).toMatchObject({ applied: 1, replayed: 2 })
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ name: 'Two', version: 1 })
  })
})

describe('answers from the network', () => {
  const party = () => eventUri(ana, 'party')
  const partyOp = () => eventOp({ did: ana, rkey: 'party', n: 1 })

  test('that come before their event wait for it', async () => {
    await take(rsvpOp({ did: ben, rkey: 'r', n: 1 }, party()))
    expect(await answers(party())).toEqual([])
    await take(partyOp())
    expect(await answers(party())).toEqual([`${ben} going r`])
  })

  test('one person has one answer: the newest by its time, then its rev', async () => {
    const at = (createdAt: string, status: string) => ({
      createdAt,
      status: `community.lexicon.calendar.rsvp#${status}`,
    })
    await take(partyOp(), rsvpOp({ did: ben, rkey: 'tid', n: 2 }, party(), at('2026-03-02T00:00:00Z', 'interested')))
    await take(rsvpOp({ did: ben, rkey: 'hash', n: 3 }, party(), at('2026-03-01T00:00:00Z', 'notgoing')))
    expect(await answers(party())).toEqual([`${ben} interested tid`])
    await take(rsvpOp({ did: ben, rkey: 'third', n: 4 }, party(), at('2026-03-02T00:00:00Z', 'going')))
    expect(await answers(party())).toEqual([`${ben} going third`])
  })

  test('deleting one falls back to the next newest, and deleting the last leaves none', async () => {
    const [older, newer] = [
      rsvpOp({ did: ben, rkey: 'older', n: 2 }, party(), { createdAt: '2026-03-01T00:00:00Z', status: 'notgoing' }),
      rsvpOp({ did: ben, rkey: 'newer', n: 3 }, party(), { createdAt: '2026-03-02T00:00:00Z' }),
    ]
    await take(partyOp(), older, newer)
    await take(deleteOp(newer, 4))
    expect(await answers(party())).toEqual([`${ben} notgoing older`])
    await take(deleteOp(older, 5))
    expect(await answers(party())).toEqual([])
  })

  test('deleting the answer to one event never touches another', async () => {
    const other = eventUri(ana, 'other')
    const op = rsvpOp({ did: ben, rkey: 'a', n: 2 }, party())
    await take(partyOp(), eventOp({ did: ana, rkey: 'other', n: 2 }), op, rsvpOp({ did: ben, rkey: 'b', n: 3 }, other))
    await take(deleteOp(op, 4))
    expect(await answers(other)).toEqual([`${ben} going b`])
  })

  test('a record that now answers another event moves there', async () => {
    const other = eventUri(ana, 'other')
    await take(partyOp(), eventOp({ did: ana, rkey: 'other', n: 2 }), rsvpOp({ did: ben, rkey: 'r', n: 3 }, party()))
    await take(rsvpOp({ did: ben, rkey: 'r', n: 4 }, other))
    expect([await answers(party()), await answers(other)]).toEqual([[], [`${ben} going r`]])
  })

  test('two records that change places in one batch do so', async () => {
    const other = eventUri(ana, 'other')
    await take(partyOp(), eventOp({ did: ana, rkey: 'other', n: 2 }))
    await take(rsvpOp({ did: ben, rkey: 'r', n: 3 }, party()), rsvpOp({ did: ben, rkey: 's', n: 4 }, other))
    await take(rsvpOp({ did: ben, rkey: 'r', n: 5 }, other), rsvpOp({ did: ben, rkey: 's', n: 6 }, party()))
    expect([await answers(party()), await answers(other)]).toEqual([[`${ben} going s`], [`${ben} going r`]])
  })

  test('an event that comes back finds its answers again', async () => {
    await take(partyOp(), rsvpOp({ did: ben, rkey: 'r', n: 2 }, party()))
    await take(deleteOp(partyOp(), 3))
    await take(eventOp({ did: ana, rkey: 'party', n: 4 }))
    expect(await answers(party())).toEqual([`${ben} going r`])
  })

  test('a place given by the organiser outlives the same record coming again, and a change of nothing else', async () => {
    await take(partyOp(), rsvpOp({ did: ben, rkey: 'r', n: 2 }, party()))
    await sql`update rsvps set place = 'declined'`.execute(open.db)
    await take(
      rsvpOp({ did: ben, rkey: 'r', n: 2 }, party()),
      rsvpOp({ did: ben, rkey: 'r', n: 3 }, party(), { note: 'x' }),
    )
    expect((await open.db.selectFrom('rsvps').select('place').executeTakeFirstOrThrow()).place).toBe('declined')
  })
})

describe('accounts on the network', () => {
  test('one that is away is hidden with what it has, and shown again when it returns', async () => {
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }), accountOp(ana, 'deactivated', 1))
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: 'account-deactivated' })
    await take(eventOp({ did: ana, rkey: 'b', n: 2 }))
    expect(await event(eventUri(ana, 'b'))).toMatchObject({ hidden_reason: 'account-deactivated' })
    await take(accountOp(ana, 'active', 3), accountOp(ana, 'takendown', 2))
    expect((await events()).map((row) => row.hidden_reason)).toEqual([null, null])
  })

  test('hiding by a moderator stays', async () => {
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    await sql`update events set hidden_reason = 'moderation'`.execute(open.db)
    await take(accountOp(ana, 'deactivated', 1), accountOp(ana, 'active', 2), eventOp({ did: ana, rkey: 'a', n: 2 }))
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: 'moderation' })
  })

  test('one that is deleted leaves tombstones', async () => {
    const mine = eventUri(ana, 'a')
    const theirs = eventUri(ben, 'b')
    await take(
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      eventOp({ did: ben, rkey: 'b', n: 1 }),
      rsvpOp({ did: ana, rkey: 'r', n: 2 }, theirs),
    )
    await take(accountOp(ana, 'deleted', 1))
    expect(await event(mine)).toBeUndefined()
    expect(await answers(theirs)).toEqual([])
    expect(await ledger(mine)).toMatchObject({ deleted: true, value: null })
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    expect(await event(mine)).toBeUndefined()
  })

  test('messages about people nobody knows change nothing', async () => {
    await take(
      accountOp(ana, 'deleted', 1),
      { kind: 'identity', did: ana, time: new Date() },
      { kind: 'sync', did: ana, rev: rev(1), time: new Date() },
    )
    expect(await accounts()).toEqual([])
    expect(await open.db.selectFrom('source_notices').selectAll().execute()).toEqual([])
  })

  test('order within a repo holds across kinds of messages', async () => {
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    await take(
      accountOp(ana, 'deleted', 1),
      accountOp(ana, 'active', 2),
      eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'Back' }),
    )
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ name: 'Back', hidden_reason: null })
  })
})

describe('no op is lost', () => {
  test('the cursor moves with the effects, and never back', async () => {
    await takeAt(5, { messages: toMessages([eventOp({ did: ana, rkey: 'a', n: 1 })]) })
    await takeAt(3)
    expect(await findCursor(open.db, 'test')).toMatchObject({ cursor: 5, host: 'a' })
  })

  test('where the source starts anew, so does the cursor', async () => {
    await takeAt(500)
    await takeAt(7, { notices: [{ reason: 'cursor-in-future', detail: 'x', restarts: true }] })
    expect(await findCursor(open.db, 'test')).toMatchObject({ cursor: 7 })
    expect(await open.db.selectFrom('source_notices').select(['source', 'reason']).execute()).toEqual([
      { source: 'test', reason: 'cursor-in-future' },
    ])
  })

  test('a poisonous op is put aside with its reason, and stops nobody else', async () => {
    const uri = eventUri(ana, 'poison')
    await sql`alter table events add constraint no_poison check (name <> 'poison')`.execute(open.db)
    try {
      const messages = toMessages([
        eventOp({ did: ana, rkey: 'before', n: 1 }),
        eventOp({ did: ana, rkey: 'poison', n: 2 }, { name: 'poison' }),
        eventOp({ did: ben, rkey: 'after', n: 3 }),
      ])
      expect(await takeAt(9, { messages })).toMatchObject({ applied: 2, deadLettered: 1 })
    } finally {
      await sql`alter table events drop constraint no_poison`.execute(open.db)
    }
    expect((await events()).map(({ name }) => name).sort()).toEqual(['Event after', 'Event before'])
    expect(
      await open.db.selectFrom('dead_letters').select(['uri', 'rev', 'reason', 'error', 'attempts']).execute(),
    ).toEqual([
      { uri, rev: rev(2), reason: 'database-refused', error: expect.stringContaining('no_poison'), attempts: 1 },
    ])
    expect(await findCursor(open.db, 'test')).toMatchObject({ cursor: 9 })
    expect(await ledger(uri)).toBeUndefined()
  })

  test('a deadlock, or a database that is away, costs no op: the batch is tried again', async () => {
    await sql`create sequence if not exists failures`.execute(open.db)
    await sql`create or replace function fail_twice() returns trigger language plpgsql as $$ begin
      if nextval('failures') <= 2 then raise exception 'not now' using errcode = '40P01'; end if; return null; end $$`.execute(
      open.db,
    )
    await sql`create constraint trigger fail_twice after insert on events deferrable initially deferred for each row execute function fail_twice()`.execute(
      open.db,
    )
    try {
      expect(await take(eventOp({ did: ana, rkey: 'a', n: 1 }))).toMatchObject({ applied: 1, deadLettered: 0 })
    } finally {
      await sql`drop trigger fail_twice on events`.execute(open.db)
    }
    expect(await events()).toHaveLength(1)
  })

  test('what is no op at all is kept with its reason, once', async () => {
    const bad: Op = { kind: 'bad', reason: 'message-unreadable', error: 'no', raw: { did: ana, kind: 'commit' } }
    const wrong = { ...eventOp({ did: ana, rkey: 'has space', n: 1 }) }
    expect(await take(bad, wrong, { ...eventOp({ did: ana, rkey: 'r', n: 1 }), rev: '' })).toMatchObject({
      deadLettered: 3,
      applied: 0,
    })
    expect(await take(bad)).toMatchObject({ deadLettered: 0, replayed: 1 })
    expect(await countDeadLetters(open.db)).toEqual([
      { reason: 'address-invalid', count: 1 },
      { reason: 'message-unreadable', count: 1 },
      { reason: 'rev-invalid', count: 1 },
    ])
  })

  test('a record that says nothing is kept, put aside and shown nowhere', async () => {
    const op = rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a'))
    const empty = { ...op, record: { $type: 'community.lexicon.calendar.rsvp' } }
    expect(await take(empty)).toMatchObject({ deadLettered: 1, applied: 0 })
    expect(await ledger(rsvpUri(ben, 'r'))).toMatchObject({ rev: rev(1) })
    expect(await accounts()).toEqual([])
    expect(await take(empty)).toMatchObject({ deadLettered: 0, replayed: 1 })
    await take({ ...op, rev: rev(2) })
    expect(await countDeadLetters(open.db)).toEqual([])
  })

  test('an event that becomes unreadable is hidden, and shown again when it can be read', async () => {
    const op = eventOp({ did: ana, rkey: 'a', n: 1 })
    await take(op)
    await take({ ...op, rev: rev(2), record: { $type: 'community.lexicon.calendar.event' } })
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: 'record-unreadable' })
    await take({ ...op, rev: rev(3) })
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: null })
  })
})

describe('text nobody expects', () => {
  test.each([
    ['NUL', 'a\0b', 'a\uFFFDb'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
    ['an escaped NUL', 'a\\u0000b', 'a\\u0000b'],
  ])('%s is kept raw and shown harmless', async (_, name, shown) => {
    await take(eventOp({ did: ana, rkey: 'a', n: 1 }, { name, uris: [{ uri: 'https://example.org', name }] }))
    expect(await event(eventUri(ana, 'a'))).toMatchObject({ name: shown })
    expect(await ledger(eventUri(ana, 'a'))).toMatchObject({ value: expect.objectContaining({ name }) })
  })

  test('a key named __proto__ stays a key', async () => {
    const record = JSON.parse('{"name":"Proto","__proto__":{"x":1},"createdAt":"2026-01-01T00:00:00Z"}')
    await take({ ...eventOp({ did: ana, rkey: 'a', n: 1 }), record })
    const { rows } = await sql<{ value: string }>`select value::text as value from records`.execute(open.db)
    expect(rows[0]?.value).toBe(JSON.stringify(record))
  })

  test('depth without end costs only its own op', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)
    const tally = await take(
      { ...eventOp({ did: ana, rkey: 'deep', n: 1 }, deep), cid: 'bafyreideep' },
      eventOp({ did: ben, rkey: 'b', n: 1 }),
    )
    expect(tally).toMatchObject({ applied: 1, deadLettered: 1 })
  })
})

test('pages that show what changed are told, once each, when the transaction commits', async () => {
  const heard: string[] = []
  const listener = await open.listen('live', (topic) => heard.push(topic))
  await take(eventOp({ did: ana, rkey: 'a', n: 1 }), rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a')))
  const id = (await event(eventUri(ana, 'a')))?.id
  await expect.poll(() => heard.length).toBeGreaterThan(3)
  expect(heard.sort()).toEqual([...new Set(heard)].sort())
  expect(heard).toContain(`event:${id}`)
  expect(heard).toContain('explore')
  await listener[Symbol.asyncDispose]()
})

/** Everything the tables say, times and all. */
async function dump(): Promise<unknown> {
  const tables = ['accounts', 'records', 'events', 'rsvp_records', 'rsvps', 'dead_letters', 'outbox']
  return Promise.all(
    tables.map(async (table) => (await sql`select * from ${sql.table(table)} order by 1`.execute(open.db)).rows),
  )
}
