import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accountOp, deleteOp, eventOp, eventUri, newDid, rev, rsvpOp } from '../../testkit/calendar-ops.ts'
import { TestIngest } from '../../testkit/test-ingest.ts'

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

describe('events from the network', () => {
  test('are there with their owner as a shadow account, raw record and typed fields', async () => {
    const record = { name: 'Chess', theme: { dark: true }, timezone: 'Europe/Berlin' }
    await ingest.take(eventOp({ did: ana, rkey: 'chess', n: 1 }, record))
    expect(await ingest.event(eventUri(ana, 'chess'))).toMatchObject({
      name: 'Chess',
      timezone: 'Europe/Berlin',
      origin: 'network',
      visibility: 'public',
      starts_at: new Date('2026-12-01T18:00:00Z'),
      slug: expect.stringMatching(/^chess-\w{8}$/),
    })
    expect(await ingest.ledger(eventUri(ana, 'chess'))).toMatchObject({
      rev: rev(1),
      value: expect.objectContaining(record),
      cid: expect.stringMatching(/^bafyrei/),
    })
    expect(await ingest.accounts()).toEqual([{ did: ana, claimed_at: null, repo_status: 'active' }])
  })

  test('change, and keep their address', async () => {
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    const before = await ingest.event(eventUri(ana, 'a'))
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'Renamed', startsAt: '2027-01-01T00:00:00Z' }))
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({
      id: before?.id,
      slug: before?.slug,
      name: 'Renamed',
      previous_starts_at: before?.starts_at,
      version: 2,
    })
  })

  test('that ask not to be discovered are unlisted, and children know their parent', async () => {
    const parent = eventUri(ana, 'conference')
    await ingest.take(
      eventOp({ did: ana, rkey: 'quiet', n: 1 }, { preferences: { showInDiscovery: false } }),
      eventOp({ did: ana, rkey: 'talk', n: 2 }, { additionalData: { parentEvent: parent } }),
    )
    expect(await ingest.event(eventUri(ana, 'quiet'))).toMatchObject({ visibility: 'unlisted' })
    expect(await ingest.event(eventUri(ana, 'talk'))).toMatchObject({ parent_uri: parent })
  })

  test('go when their record is deleted', async () => {
    const op = eventOp({ did: ana, rkey: 'a', n: 1 })
    await ingest.take(op, rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a')))
    await ingest.take(deleteOp(op, 2))
    expect(await ingest.events()).toEqual([])
    expect(await ingest.ledger(eventUri(ana, 'a'))).toMatchObject({
      deleted: true,
      value: null,
      cid: null,
      rev: rev(2),
    })
  })

  test('belong to their own repo: the same key in another is another event', async () => {
    await ingest.take(
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      eventOp({ did: ben, rkey: 'a', n: 2 }, { name: 'Not hers' }),
    )
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ name: 'Event a' })
    await ingest.take(deleteOp(eventOp({ did: ben, rkey: 'a', n: 1 }), 3))
    expect(await ingest.events()).toHaveLength(1)
  })
})

describe('answers from the network', () => {
  const party = () => eventUri(ana, 'party')
  const partyOp = () => eventOp({ did: ana, rkey: 'party', n: 1 })

  test('that come before their event wait for it', async () => {
    await ingest.take(rsvpOp({ did: ben, rkey: 'r', n: 1 }, party()))
    expect(await ingest.answers(party())).toEqual([])
    await ingest.take(partyOp())
    expect(await ingest.answers(party())).toEqual([`${ben} going r`])
  })

  test('one person has one answer: the newest by its time, then its rev', async () => {
    const at = (createdAt: string, status: string) => ({
      createdAt,
      status: `community.lexicon.calendar.rsvp#${status}`,
    })
    await ingest.take(
      partyOp(),
      rsvpOp({ did: ben, rkey: 'tid', n: 2 }, party(), at('2026-03-02T00:00:00Z', 'interested')),
    )
    await ingest.take(rsvpOp({ did: ben, rkey: 'hash', n: 3 }, party(), at('2026-03-01T00:00:00Z', 'notgoing')))
    expect(await ingest.answers(party())).toEqual([`${ben} interested tid`])
    await ingest.take(rsvpOp({ did: ben, rkey: 'third', n: 4 }, party(), at('2026-03-02T00:00:00Z', 'going')))
    expect(await ingest.answers(party())).toEqual([`${ben} going third`])
  })

  test('deleting one falls back to the next newest, and deleting the last leaves none', async () => {
    const [older, newer] = [
      rsvpOp({ did: ben, rkey: 'older', n: 2 }, party(), { createdAt: '2026-03-01T00:00:00Z', status: 'notgoing' }),
      rsvpOp({ did: ben, rkey: 'newer', n: 3 }, party(), { createdAt: '2026-03-02T00:00:00Z' }),
    ]
    await ingest.take(partyOp(), older, newer)
    await ingest.take(deleteOp(newer, 4))
    expect(await ingest.answers(party())).toEqual([`${ben} notgoing older`])
    await ingest.take(deleteOp(older, 5))
    expect(await ingest.answers(party())).toEqual([])
  })

  test('deleting the answer to one event never touches another', async () => {
    const other = eventUri(ana, 'other')
    const op = rsvpOp({ did: ben, rkey: 'a', n: 2 }, party())
    await ingest.take(
      partyOp(),
      eventOp({ did: ana, rkey: 'other', n: 2 }),
      op,
      rsvpOp({ did: ben, rkey: 'b', n: 3 }, other),
    )
    await ingest.take(deleteOp(op, 4))
    expect(await ingest.answers(other)).toEqual([`${ben} going b`])
  })

  test('a record that now answers another event moves there', async () => {
    const other = eventUri(ana, 'other')
    await ingest.take(
      partyOp(),
      eventOp({ did: ana, rkey: 'other', n: 2 }),
      rsvpOp({ did: ben, rkey: 'r', n: 3 }, party()),
    )
    await ingest.take(rsvpOp({ did: ben, rkey: 'r', n: 4 }, other))
    expect([await ingest.answers(party()), await ingest.answers(other)]).toEqual([[], [`${ben} going r`]])
  })

  test('two records that change places in one batch do so', async () => {
    const other = eventUri(ana, 'other')
    await ingest.take(partyOp(), eventOp({ did: ana, rkey: 'other', n: 2 }))
    await ingest.take(rsvpOp({ did: ben, rkey: 'r', n: 3 }, party()), rsvpOp({ did: ben, rkey: 's', n: 4 }, other))
    await ingest.take(rsvpOp({ did: ben, rkey: 'r', n: 5 }, other), rsvpOp({ did: ben, rkey: 's', n: 6 }, party()))
    expect([await ingest.answers(party()), await ingest.answers(other)]).toEqual([
      [`${ben} going s`],
      [`${ben} going r`],
    ])
  })

  test('an event that comes back finds its answers again', async () => {
    await ingest.take(partyOp(), rsvpOp({ did: ben, rkey: 'r', n: 2 }, party()))
    await ingest.take(deleteOp(partyOp(), 3))
    await ingest.take(eventOp({ did: ana, rkey: 'party', n: 4 }))
    expect(await ingest.answers(party())).toEqual([`${ben} going r`])
  })

  test('a place given by the organiser outlives the same record coming again, and a change of nothing else', async () => {
    await ingest.take(partyOp(), rsvpOp({ did: ben, rkey: 'r', n: 2 }, party()))
    await sql`update rsvps set place = 'declined'`.execute(ingest.db)
    await ingest.take(
      rsvpOp({ did: ben, rkey: 'r', n: 2 }, party()),
      rsvpOp({ did: ben, rkey: 'r', n: 3 }, party(), { note: 'x' }),
    )
    expect((await ingest.db.selectFrom('rsvps').select('place').executeTakeFirstOrThrow()).place).toBe('declined')
  })
})

describe('accounts on the network', () => {
  test('one that is away is hidden with what it has, and shown again when it returns', async () => {
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }), accountOp(ana, 'deactivated', 1))
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: 'account-deactivated' })
    await ingest.take(eventOp({ did: ana, rkey: 'b', n: 2 }))
    expect(await ingest.event(eventUri(ana, 'b'))).toMatchObject({ hidden_reason: 'account-deactivated' })
    await ingest.take(accountOp(ana, 'active', 3), accountOp(ana, 'takendown', 2))
    expect((await ingest.events()).map((row) => row.hidden_reason)).toEqual([null, null])
  })

  test('hiding by a moderator stays', async () => {
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    await sql`update events set hidden_reason = 'moderation'`.execute(ingest.db)
    await ingest.take(
      accountOp(ana, 'deactivated', 1),
      accountOp(ana, 'active', 2),
      eventOp({ did: ana, rkey: 'a', n: 2 }),
    )
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ hidden_reason: 'moderation' })
  })

  test('one that is deleted leaves tombstones', async () => {
    const mine = eventUri(ana, 'a')
    const theirs = eventUri(ben, 'b')
    await ingest.take(
      eventOp({ did: ana, rkey: 'a', n: 1 }),
      eventOp({ did: ben, rkey: 'b', n: 1 }),
      rsvpOp({ did: ana, rkey: 'r', n: 2 }, theirs),
    )
    await ingest.take(accountOp(ana, 'deleted', 1))
    expect(await ingest.event(mine)).toBeUndefined()
    expect(await ingest.answers(theirs)).toEqual([])
    expect(await ingest.ledger(mine)).toMatchObject({ deleted: true, value: null })
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    expect(await ingest.event(mine)).toBeUndefined()
  })

  test('messages about people nobody knows change nothing', async () => {
    await ingest.take(
      accountOp(ana, 'deleted', 1),
      { kind: 'identity', did: ana, time: new Date() },
      { kind: 'sync', did: ana, rev: rev(1), time: new Date() },
    )
    expect(await ingest.accounts()).toEqual([])
    expect(await ingest.db.selectFrom('source_notices').selectAll().execute()).toEqual([])
  })

  test('order within a repo holds across kinds of messages', async () => {
    await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }))
    await ingest.take(
      accountOp(ana, 'deleted', 1),
      accountOp(ana, 'active', 2),
      eventOp({ did: ana, rkey: 'a', n: 2 }, { name: 'Back' }),
    )
    expect(await ingest.event(eventUri(ana, 'a'))).toMatchObject({ name: 'Back', hidden_reason: null })
  })
})

test('pages that show what changed are told, once each, when the transaction commits', async () => {
  const heard: string[] = []
  const listener = await ingest.open.listen('live', (topic) => heard.push(topic))
  await ingest.take(eventOp({ did: ana, rkey: 'a', n: 1 }), rsvpOp({ did: ben, rkey: 'r', n: 1 }, eventUri(ana, 'a')))
  const id = (await ingest.event(eventUri(ana, 'a')))?.id
  await expect.poll(() => heard.length).toBeGreaterThan(3)
  expect(heard.sort()).toEqual([...new Set(heard)].sort())
  expect(heard).toContain(`event:${id}`)
  expect(heard).toContain('explore')
  await listener[Symbol.asyncDispose]()
})
