import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import type { AccountServices } from './account-services.ts'
import { ensureShadowAccounts, findAccountByDid } from './account-store.ts'
import { applyAdmins, grantAdmin, revokeAdmin } from './admin.ts'
import { linkDid, linkMail } from './link-account.ts'
import { signInWithDid } from './sign-in.ts'

const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const other = 'did:plc:z72i7hdynmk6r22z27h6tvur'
let test_: TestDb
let services: AccountServices
let claims: number
let jobs: string[]

beforeAll(async () => {
  test_ = await openTestDb()
})
afterAll(() => test_[Symbol.asyncDispose]())

beforeEach(async () => {
  await sql`truncate accounts, events, rsvps, audit_log, outbox, records cascade`.execute(test_.db)
  claims = 0
  jobs = []
  services = {
    db: test_.db,
    sealer: undefined as never,
    metrics: { shadowAccountsClaimed: { inc: () => claims++ } } as unknown as AccountServices['metrics'],
    config: { admins: [other], mailFrom: '', publicUrl: 'https://meet.example.org' },
    queue: {
      async enqueue(_db, name, payload) {
        jobs.push(`${name} ${JSON.stringify(payload)}`)
      },
      async work() {},
      async schedule() {},
      async check() {},
      async [Symbol.asyncDispose]() {},
    },
  }
})

const shadow = async (of = did) =>
  (await test_.db.transaction().execute((tx) => ensureShadowAccounts(tx, [of]))).get(of) ?? 0
const mailAccount = async (email = 'ana@example.org') =>
  (
    await test_.db
      .insertInto('accounts')
      .values({ email, claimed_at: new Date() })
      .returning('id')
      .executeTakeFirstOrThrow()
  ).id

let slugs = 0
async function event(ownerId: number): Promise<number> {
  const row = { slug: `event-${++slugs}`, owner_id: ownerId, origin: 'network' as const, name: 'Meetup' }
  return (await test_.db.insertInto('events').values(row).returning('id').executeTakeFirstOrThrow()).id
}

async function answer(
  who: { event: number; account: number },
  status: 'going' | 'notgoing',
  at: string,
  uri: string | null = null,
): Promise<void> {
  const row = {
    event_id: who.event,
    account_id: who.account,
    status,
    answered_at: new Date(at),
    uri,
    origin: uri ? 'network' : 'here',
  }
  await test_.db.insertInto('rsvps').values(row).execute()
}

const audits = async () =>
  (await test_.db.selectFrom('audit_log').select(['action', 'subject', 'account_id']).orderBy('id').execute()).map(
    (row) => `${row.action} ${row.subject} by ${row.account_id}`,
  )

describe('shadow accounts', () => {
  test('are made once for each DID, in bulk and by many transactions at once', async () => {
    const dids = Array.from({ length: 30 }, (_, i) => `did:plc:${'abcdefghijklmnopqrstuvwxyz234567'[i]?.repeat(24)}`)
    const all = await Promise.all(
      [dids, dids.toReversed(), dids.slice(10), [...dids, ...dids]].map((list) =>
        test_.db.transaction().execute((tx) => ensureShadowAccounts(tx, list)),
      ),
    )
    expect(all[0]?.size).toBe(30)
    expect(all.every((map) => [...map].every(([key, id]) => all[0]?.get(key) === id))).toBe(true)
    expect(await ensureNone()).toEqual(new Map())
  })
  const ensureNone = () => test_.db.transaction().execute((tx) => ensureShadowAccounts(tx, []))
})

describe('signing in with a DID', () => {
  test('makes the shadow account its person’s, with all that hangs on it, and is noted once', async () => {
    const id = await shadow()
    const eventId = await event(id)
    const both = await Promise.all([signInWithDid(services, did), signInWithDid(services, did)])
    expect(both.map(({ account }) => account.id)).toEqual([id, id])
    expect(both.filter(({ isClaim }) => isClaim)).toHaveLength(1)
    expect(
      (await test_.db.selectFrom('events').select('owner_id').where('id', '=', eventId).executeTakeFirstOrThrow())
        .owner_id,
    ).toBe(id)
    expect(await audits()).toEqual([`claim ${did} by ${id}`])
    expect(claims).toBe(1)
    expect(jobs).toContain(`refresh-profile {"did":"${did}"}`)
  })

  test('of somebody new makes an account, one also when two arrive at once', async () => {
    const all = await Promise.all([1, 2, 3].map(() => signInWithDid(services, did)))
    expect(new Set(all.map(({ account }) => account.id)).size).toBe(1)
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1)
  })

  test('makes an administrator of whom ADMINS names, nobody else', async () => {
    expect((await signInWithDid(services, did)).account.is_admin).toBe(false)
    expect((await signInWithDid(services, other)).account.is_admin).toBe(true)
    await expect(grantAdmin(test_.db, 'nobody@example.org')).rejects.toMatchObject({ code: 'not-found' })
    expect((await grantAdmin(test_.db, did)).is_admin).toBe(true)
    const stranger = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
    await shadow(stranger)
    await applyAdmins(test_.db, [stranger])
    expect((await findAccountByDid(test_.db, stranger))?.is_admin).toBe(false)
  })
})

test('an administrator’s rights are taken away again, and it is said where ADMINS would give them back', async () => {
  const { db } = test_
  const id = await mailAccount()
  await signInWithDid(services, other)
  await grantAdmin(db, 'ana@example.org')
  await revokeAdmin(db, 'Ana@example.org', [other])
  const { is_admin } = await db.selectFrom('accounts').select('is_admin').where('id', '=', id).executeTakeFirstOrThrow()
  expect(is_admin).toBe(false)
  await expect(revokeAdmin(db, 'ana@example.org', [])).rejects.toMatchObject({ code: 'not-found' })
  await expect(revokeAdmin(db, other, [other])).rejects.toMatchObject({ code: 'conflict' })
  expect((await findAccountByDid(db, other))?.is_admin).toBe(false)
  expect((await audits()).filter((line) => line.startsWith('revoke-admin'))).toHaveLength(2)
})

describe('linking a DID to a mail account', () => {
  test('that nobody has seen before is all there is to it', async () => {
    const ana = await mailAccount()
    await linkDid(services, ana, did)
    await linkDid(services, ana, did)
    expect(await findAccountByDid(test_.db, did)).toMatchObject({ id: ana, email: 'ana@example.org' })
    expect(await audits()).toEqual([`link-did ${did} by ${ana}`])
  })

  test('moves the shadow account’s events and answers; the newer of two answers stands', async () => {
    const [ana, them] = [await mailAccount(), await shadow()]
    const host = await shadow(other)
    const [own, onlyTheirs, theirsNewer, oursNewer] = [
      await event(them),
      await event(host),
      await event(host),
      await event(host),
    ]
    const rkey = (n: number) => `at://${did}/community.lexicon.calendar.rsvp/${n}`
    await answer({ event: onlyTheirs, account: them }, 'going', '2026-01-01', rkey(1))
    await answer({ event: theirsNewer, account: them }, 'going', '2026-01-02', rkey(2))
    await answer({ event: theirsNewer, account: ana }, 'notgoing', '2026-01-01')
    await answer({ event: oursNewer, account: them }, 'going', '2026-01-01', rkey(3))
    await answer({ event: oursNewer, account: ana }, 'notgoing', '2026-01-02')
    await test_.db
      .updateTable('accounts')
      .set({ handle: 'ana.test', display_name: 'Ana', avatar_cid: 'bafy' })
      .where('id', '=', them)
      .execute()

    await linkDid(services, ana, did)

    expect(await findAccountByDid(test_.db, did)).toMatchObject({
      id: ana,
      handle: 'ana.test',
      display_name: 'Ana',
      avatar_cid: 'bafy',
      email: 'ana@example.org',
    })
    expect(
      (await test_.db.selectFrom('events').select('owner_id').where('id', '=', own).executeTakeFirstOrThrow()).owner_id,
    ).toBe(ana)
    const answers = await test_.db
      .selectFrom('rsvps')
      .select(['event_id', 'account_id', 'status', 'uri'])
      .orderBy('event_id')
      .execute()
    expect(answers).toEqual([
      { event_id: onlyTheirs, account_id: ana, status: 'going', uri: rkey(1) },
      { event_id: theirsNewer, account_id: ana, status: 'going', uri: rkey(2) },
      { event_id: oursNewer, account_id: ana, status: 'notgoing', uri: rkey(3) },
    ])
    // What was answered here is written to the record of the older answer.
    expect(await test_.db.selectFrom('outbox').select(['uri', 'action']).execute()).toEqual([
      { uri: rkey(3), action: 'put' },
    ])
    expect(await test_.db.selectFrom('accounts').select('id').where('id', '=', them).execute()).toEqual([])
    expect(await audits()).toEqual([`merge ${did} by ${ana}`, `link-did ${did} by ${ana}`])
    expect(claims).toBe(1)
  })

  test('is refused where either has somebody already; nothing changes', async () => {
    const [ana, ben] = [await mailAccount(), await mailAccount('ben@example.org')]
    await linkDid(services, ana, did)
    await expect(linkDid(services, ben, did)).rejects.toMatchObject({ code: 'conflict' })
    await expect(linkDid(services, ana, other)).rejects.toMatchObject({ code: 'conflict' })
    await expect(linkMail(test_.db, ana, 'ben@example.org')).rejects.toMatchObject({ code: 'conflict' })
    await signInWithDid(services, other)
    await expect(linkDid(services, ben, other)).rejects.toMatchObject({ code: 'conflict' })
    expect((await findAccountByDid(test_.db, did))?.id).toBe(ana)
  })

  test('by two accounts at once gives it to one of them', async () => {
    await shadow()
    const two = [await mailAccount(), await mailAccount('ben@example.org')]
    const outcomes = await Promise.allSettled(two.map((id) => linkDid(services, id, did)))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(
      outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : [])),
    ).toEqual(['conflict'])
  })

  test('while the network’s changes for it are being stored loses none of them', async () => {
    const ana = await mailAccount()
    await shadow()
    const stored = Array.from({ length: 20 }, (_, i) =>
      test_.db.transaction().execute(async (tx) => {
        const owner = (await ensureShadowAccounts(tx, [did])).get(did) ?? 0
        await sql`select pg_sleep(0.01)`.execute(tx)
        await tx
          .insertInto('events')
          .values({ slug: `race-${i}`, owner_id: owner, origin: 'network' })
          .execute()
      }),
    )
    const link = new Promise((done) => setTimeout(done, 15)).then(() => linkDid(services, ana, did))
    await Promise.all([...stored, link])
    const owners = await test_.db.selectFrom('events').select('owner_id').distinct().execute()
    expect(owners).toEqual([{ owner_id: ana }])
  })

  test('and the same address linked twice at once is a conflict, not a crash', async () => {
    const two = [await mailAccount(), await mailAccount('ben@example.org')]
    const outcomes = await Promise.allSettled(two.map((id) => linkMail(test_.db, id, 'new@example.org')))
    expect(
      outcomes
        .flatMap((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : []))
        .filter((code) => code !== 'conflict'),
    ).toEqual([])
  })
})

test('every reference to an account is known to the merge: a new table must say what becomes of its rows', async () => {
  const { rows } = await sql<{ name: string }>`
    select conrelid::regclass || '.' || attname as name from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = any(conkey)
    where contype = 'f' and confrelid = 'accounts'::regclass order by 1`.execute(test_.db)
  expect(rows.map(({ name }) => name)).toEqual([
    'api_tokens.account_id',
    'blobs.account_id',
    'conflicts.resolved_by',
    'events.owner_id',
    'former_handles.account_id',
    'mail_codes.link_account_id',
    'rsvps.account_id',
    'session_runs.started_by',
    'web_sessions.account_id',
  ])
})
