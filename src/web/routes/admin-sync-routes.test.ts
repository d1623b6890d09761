import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventOp, newDid } from '../../../testkit/calendar-ops.ts'
import { addEvent } from '../../../testkit/test-events.ts'
import { type TestBrowser, type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import type { RecordOp } from '../../atproto/record-op.ts'
import { putAside } from '../../ingest/dead-letter-store.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
let admin: TestBrowser
beforeAll(async () => {
  web = await openTestWeb()
  admin = await openBrowser(web, eventRoutes, await addPerson(web, { handle: 'admin.example', isAdmin: true }))
})
afterAll(async () => web[Symbol.asyncDispose]())

async function setAside(op: RecordOp, reason = 'database-refused'): Promise<void> {
  await web.services.db.transaction().execute((tx) => putAside(tx, { op, reason, error: 'no' }))
}

type Letters = { items: { id: number; uri: string; reason: string }[]; cursor?: string; reasons: object[] }
const list = async (query = '') => (await (await admin.get(`/api/admin/dead-letters${query}`)).json()) as Letters

describe('dead letters', () => {
  it('are listed by page and reason, looked at, tried again and given up', async () => {
    const did = newDid()
    for (const n of [1, 2, 3]) await setAside(eventOp({ did, rkey: `k${n}`, n }, { name: `Letter ${n}` }))
    await setAside(eventOp({ did, rkey: 'k4', n: 4 }), 'reading-failed')
    const first = await list('?limit=2')
    const rest = await list(`?limit=2&cursor=${first.cursor}`)
    expect([...first.items, ...rest.items].map(({ uri }) => uri.at(-1))).toEqual(['4', '3', '2', '1'])
    expect(first.reasons).toEqual([
      { reason: 'database-refused', count: 3 },
      { reason: 'reading-failed', count: 1 },
    ])
    const [id] = rest.items.map((letter) => letter.id)
    const one = await admin.get(`/api/admin/dead-letters/${id}`)
    expect(await one.json()).toMatchObject({ id, op: { record: { name: 'Letter 2' } }, attempts: 1 })
    expect(await (await admin.json('POST', `/api/admin/dead-letters/${id}/replay`)).json()).toEqual({
      outcome: 'applied',
    })
    expect((await admin.get(`/api/admin/dead-letters/${id}`)).status).toBe(404)
    const [other] = (await list('?reason=reading-failed')).items
    const discarded = await admin.json('POST', `/api/admin/dead-letters/${other?.id}/discard`)
    expect(await discarded.json()).toEqual({ discarded: 1 })
    const all = await admin.json('POST', '/api/admin/dead-letters/replay', {})
    expect(await all.json()).toEqual({ applied: 2, outdated: 0, failed: 0 })
    expect((await list()).items).toEqual([])
    const log = await web.services.db
      .selectFrom('audit_log')
      .select(['action', 'subject', 'detail'])
      .orderBy('id')
      .execute()
    expect(log).toEqual([
      expect.objectContaining({
        action: 'replay-dead-letters',
        subject: rest.items[0]?.uri,
        detail: { reason: 'database-refused', outcome: 'applied' },
      }),
      expect.objectContaining({ action: 'discard-dead-letters', subject: other?.uri }),
      expect.objectContaining({ action: 'replay-dead-letters', subject: 'all' }),
    ])
    expect((await admin.get('/api/admin/dead-letters/none')).status).toBe(404)
  })
})

describe('the state of sync', () => {
  it('counts records, what waits, sources and dead letters', async () => {
    const ana = await addPerson(web, { did: newDid(), handle: 'ana.example' })
    await addEvent(web, ana)
    await setAside(eventOp({ did: newDid(), rkey: 'x', n: 9 }))
    const state = await (await admin.get('/api/admin/bluesky/sync-status')).json()
    expect(state).toMatchObject({
      records: { IN_SYNC: 0, NEEDS_SYNC: 1, CONFLICT: 0, SYNC_FAILED: 0, NEEDS_RECONNECT: 0 },
      ...{
        syncedShare: 0,
        openConflicts: 0,
        outbox: { depth: 1 },
        deadLetters: [{ reason: 'database-refused', count: 1 }],
      },
    })
  })

  it('is for administrators', async () => {
    const somebody = await openBrowser(web, eventRoutes, await addPerson(web))
    for (const path of ['/api/admin/bluesky/sync-status', '/api/admin/dead-letters', '/api/admin/dead-letters/1']) {
      expect((await somebody.get(path)).status).toBe(403)
      expect((await (await openBrowser(web, eventRoutes)).get(path)).status).toBe(401)
    }
  })
})
