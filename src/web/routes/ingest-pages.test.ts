import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventOp, eventUri, newDid, toMessages } from '../../../testkit/calendar-ops.ts'
import { silentLog } from '../../../testkit/silent-log.ts'
import {
  type TestBrowser,
  type TestWeb,
  addPerson,
  openBrowser,
  openTestWeb,
  testOrigin,
} from '../../../testkit/test-web.ts'
import { dispatchBatch } from '../../ingest/dispatch.ts'
import { IngestMinutes } from '../../ingest/ingest-minutes.ts'
import { listOpenRuns } from '../../ingest/repo-run-store.ts'
import { storeGaps } from '../../ingest/gap-store.ts'
import { deadLetterPageRoutes } from './dead-letter-page-routes.tsx'
import { ingestPageRoutes } from './ingest-page-routes.tsx'

const routes = [...ingestPageRoutes, ...deadLetterPageRoutes]
let web: TestWeb
let browser: TestBrowser
const db = () => web.services.db

beforeAll(async () => {
  web = await openTestWeb()
  browser = await openBrowser(web, routes, await addPerson(web, { email: 'admin@example.org', isAdmin: true }))
})
afterAll(() => web[Symbol.asyncDispose]())
beforeEach(() =>
  sql`truncate records, events, dead_letters, gaps, repo_runs, repo_reads, ingest_minutes, cursors cascade`.execute(
    db(),
  ),
)

const text = async (path: string) => {
  const response = await browser.get(path)
  expect(response.status).toBe(200)
  return response.text()
}
const take = (...ops: ReturnType<typeof eventOp>[]) =>
  dispatchBatch({ db: db(), log: silentLog, publicUrl: testOrigin }, 'test', { messages: toMessages(ops) })
const notAnEvent = () => ({ ...eventOp({ did: newDid(), rkey: 'x', n: 1 }), record: { $type: 'x', name: '' } })
const letters = () => db().selectFrom('dead_letters').selectAll().orderBy('id').execute()

describe('the page of ingest', () => {
  test('says so where nothing is read, found or waiting', async () => {
    const html = await text('/admin/ingest')
    for (const words of ['Nothing is read', 'No gap was ever found', 'None yet', 'Everything that came'])
      expect(html).toContain(words)
  })

  test('shows the source, what came, gaps and dead letters', async () => {
    const minutes = new IngestMinutes({ db: db(), log: silentLog, source: 'firehose:relay.example' })
    minutes.add({ ops: 600, applied: 20, deadLettered: 1 }, { host: 'relay.example', lagMs: 840 })
    await minutes[Symbol.asyncDispose]()
    await db()
      .transaction()
      .execute((tx) => storeGaps(tx, [{ source: 'test', reason: 'cursor-clamped' }]))
    await take(notAnEvent())
    const html = await text('/admin/ingest')
    expect(html).toContain('firehose:relay.example')
    expect(html).toContain('Reading')
    expect(html).toContain('0.84 s')
    expect(html).toMatch(/<path class="ops-line" d="M0\.5 /)
    expect(html).toContain('cursor-clamped')
    expect(html).toContain('record-unreadable')
  })

  test('orders passes, one of a kind at a time', async () => {
    for (const kind of ['backfill', 'reconcile', 'backfill'])
      expect((await browser.post(`/admin/ingest/${kind}`)).headers.get('location')).toBe('/admin/ingest')
    expect((await listOpenRuns(db())).map(({ kind }) => kind)).toEqual(['backfill', 'reconcile'])
    expect(await text('/admin/ingest')).toContain('finding the repositories')
  })

  test('has a gap that could not be healed tried again, and no other', async () => {
    await db()
      .transaction()
      .execute((tx) => storeGaps(tx, [{ source: 'test', reason: 'host-changed' }]))
    const { id } = await db().selectFrom('gaps').select('id').executeTakeFirstOrThrow()
    expect((await browser.post(`/admin/ingest/gaps/${id}/retry`)).status).toBe(404)
    await sql`update gaps set state = 'failed', attempts = 24, due_at = now() + interval '1 hour'`.execute(db())
    expect((await browser.post(`/admin/ingest/gaps/${id}/retry`)).status).toBe(303)
    const gap = await db().selectFrom('gaps').selectAll().executeTakeFirstOrThrow()
    expect(gap).toMatchObject({ attempts: 0 })
    expect(gap.due_at.getTime()).toBeLessThanOrEqual(Date.now() + 1000)
  })

  test('is for administrators', async () => {
    const stranger = await openBrowser(
      web,
      routes,
      await addPerson(web, { email: `${newDid().slice(-9)}@example.org` }),
    )
    for (const path of ['/admin/ingest', '/admin/dead-letters']) expect((await stranger.get(path)).status).toBe(403)
  })
})

describe('dead letters', () => {
  /** As it is when our own reading of a record fails: the record is right, and we were wrong. */
  async function failToRead(did: string, rkey: string): Promise<void> {
    await sql`
      create function refuse() returns trigger language plpgsql as $$ begin
        raise exception 'mapping is wrong' using errcode = '22023'; end $$`.execute(db())
    await sql`create trigger refuse before insert on events for each row execute function refuse()`.execute(db())
    await take(eventOp({ did, rkey, n: 1 }, { name: '<b>Right</b>' }))
  }
  const mend = async () => {
    await sql`drop trigger if exists refuse on events`.execute(db())
    await sql`drop function if exists refuse`.execute(db())
  }

  test('are read in after the mapping was mended, and are gone: nothing is left but the event', async () => {
    const did = newDid()
    await failToRead(did, 'a')
    const [letter] = await letters()
    expect(letter).toMatchObject({ reason: 'database-refused', uri: eventUri(did, 'a') })
    const list = await text('/admin/dead-letters')
    expect(list).toContain(eventUri(did, 'a'))
    const one = await text(`/admin/dead-letters/${letter?.id}`)
    expect(one).toContain('mapping is wrong')
    expect(one).toContain('&lt;b>Right')
    const again = await browser.post(`/admin/dead-letters/${letter?.id}/replay`)
    expect(again.headers.get('location')).toBe(`/admin/dead-letters/${letter?.id}`)
    expect(await letters()).toMatchObject([{ attempts: 2 }])
    await mend()
    const done = await browser.post(`/admin/dead-letters/${letter?.id}/replay`)
    expect(done.headers.get('location')).toBe('/admin/dead-letters')
    expect(await letters()).toEqual([])
    expect(await db().selectFrom('events').select('name').execute()).toEqual([{ name: '<b>Right</b>' }])
    const record = await db().selectFrom('records').select(['uri', 'deleted']).execute()
    expect(record).toEqual([{ uri: eventUri(did, 'a'), deleted: false }])
  })

  test('of one reason, or all, are tried again or discarded', async () => {
    await take(
      eventOp({ did: newDid(), rkey: 'a', n: 1 }, { name: '' }),
      { ...eventOp({ did: newDid(), rkey: 'b', n: 1 }), rev: '!' },
      { ...eventOp({ did: newDid(), rkey: 'c', n: 1 }), rev: '?' },
    )
    const before = await letters()
    expect(before.filter(({ reason }) => reason === 'rev-invalid')).toHaveLength(2)
    expect((await browser.post('/admin/dead-letters/replay', { reason: 'rev-invalid' })).status).toBe(303)
    expect(await letters()).toHaveLength(before.length)
    expect(await text('/admin/dead-letters?reason=rev-invalid')).not.toContain('record-unreadable</code>')
    await browser.post('/admin/dead-letters/discard', { reason: 'rev-invalid' })
    expect((await letters()).filter(({ reason }) => reason === 'rev-invalid')).toEqual([])
    // All at once only by a reason: a slip would cost everything.
    expect((await browser.post('/admin/dead-letters/discard')).status).toBe(422)
  })

  test('that are not there are not found', async () => {
    for (const id of ['1', 'x', '99999999999999999999'])
      expect((await browser.get(`/admin/dead-letters/${id}`)).status).toBe(404)
  })
})
