import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Approval, type Sandbox, openSandbox } from '../../testkit/test-sandbox.ts'
import { type TestWeb, addPerson, openTestWeb } from '../../testkit/test-web.ts'
import { findSessionState } from '../atproto/oauth-session-state.ts'
import { type OAuth, openOAuth } from '../atproto/oauth.ts'
import { createSealer } from '../base/seal.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import { renewSessions } from './renew-sessions.ts'
import { findLastSessionRun, startSessionRun, workSessionRun } from './session-run.ts'

/** Against a real PDS. */
let sandbox: Sandbox
let web: TestWeb
const signal = new AbortController().signal
const post = 'repo:app.bsky.feed.post?action=create'

beforeAll(async () => {
  sandbox = await openSandbox()
  web = await openTestWeb(sandbox)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

type Wanted = { extraScopes?: [typeof post]; approval?: Approval }

async function signIn(handle: string, { extraScopes, approval }: Wanted = {}) {
  const { oauth } = web.services
  const start = { input: handle, returnTo: '/', ...(extraScopes && { extraScopes }) }
  const { url, browserKey } = await oauth.startSignIn(start)
  return oauth.finishSignIn(new URL(await sandbox.approve(url, handle, approval)).searchParams, browserKey)
}

async function newPerson() {
  const person = await sandbox.newPerson()
  await signIn(person.handle)
  return { ...person, account: await addPerson(web, person) }
}

const makeDue = (did: string) =>
  web.services.db
    .updateTable('oauth_sessions')
    .set({ refresh_due_at: new Date(Date.now() - 1000) })
    .where('did', '=', did)
    .execute()
const row = (did: string) =>
  web.services.db.selectFrom('oauth_sessions').selectAll().where('did', '=', did).executeTakeFirstOrThrow()

/** As after SECRET_KEY was lost. */
const openKeyless = (): Promise<OAuth> => {
  const { db, identities, config, database } = web.services
  const sealer = createSealer(randomBytes(32))
  return openOAuth({ ...config, db, sealer, identities, locks: database.locks })
}

describe('sessions', () => {
  it('are renewed long before they end, those that are due only', async () => {
    const [due, fresh] = [await newPerson(), await newPerson()]
    await makeDue(due.did)
    const before = { due: await row(due.did), fresh: await row(fresh.did) }
    await renewSessions(web.services, signal)
    const after = { due: await row(due.did), fresh: await row(fresh.did) }
    expect(after.due.refreshed_at > before.due.refreshed_at).toBe(true)
    expect(after.due.refresh_due_at > new Date(Date.now() + 4 * 24 * 3600_000)).toBe(true)
    expect(after.due.refresh_due_at < (after.due.expires_at ?? 0)).toBe(true)
    expect(after.fresh).toEqual(before.fresh)
  })

  it('whose key is away say so and are good again, with what waited, when it is back', async () => {
    const { did, account } = await newPerson()
    const { db } = web.services
    const keyless = await openKeyless()
    await expect(keyless.pdsSession(did)).rejects.toMatchObject({ name: 'SessionGoneError' })
    expect(await findSessionState(db, did)).toMatchObject({
      state: 'needs-reconnect',
      lastError: expect.stringContaining('SECRET_KEY'),
    })
    const uri = `at://${did}/community.lexicon.calendar.event/3m2k7qz4yxk2a`
    await db.transaction().execute((tx) => enqueueWrite(tx, { uri, did, action: 'delete' }))
    // As the worker leaves it.
    await db
      .updateTable('outbox')
      .set({ due_at: 'infinity' as unknown as Date })
      .where('did', '=', did)
      .execute()
    await renewSessions({ ...web.services, oauth: keyless }, signal)
    expect(await findSessionState(db, did)).toMatchObject({ state: 'needs-reconnect' })
    await renewSessions(web.services, signal)
    expect(await findSessionState(db, did)).toMatchObject({ state: 'connected', lastError: null })
    const { due_at } = await db.selectFrom('outbox').select('due_at').where('uri', '=', uri).executeTakeFirstOrThrow()
    expect(due_at <= new Date()).toBe(true)
    expect(account.did).toBe(did)
  })

  it('can be disconnected and reset also when no key opens them', async () => {
    const [one, other] = [await newPerson(), await newPerson()]
    const { db } = web.services
    const keyless = await openKeyless()
    await keyless.disconnect(one.did)
    expect(await findSessionState(db, one.did)).toBeUndefined()
    await keyless.giveBack(other.did)
    expect((await row(other.did)).sealed).toBeNull()
    expect(await findSessionState(db, other.did)).toMatchObject({ state: 'needs-reconnect' })
  })
})

describe('permissions', () => {
  it('beyond the least are asked for when they are needed, and kept by the next sign-in', async () => {
    const { did, handle } = await newPerson()
    const { oauth, db } = web.services
    await expect(oauth.pdsSession(did, { scopes: [post] })).rejects.toMatchObject({
      name: 'ScopeMissingError',
      missing: [post],
    })
    expect((await signIn(handle, { extraScopes: [post] })).missingScopes).toEqual([])
    await oauth.pdsSession(did, { scopes: [post] })
    await signIn(handle)
    await oauth.pdsSession(did, { scopes: [post] })
    expect(await findSessionState(db, did)).toMatchObject({ state: 'connected', missingScopes: [] })
  })

  it('that were taken away again need a reconnect, and are named', async () => {
    const { did, handle } = await newPerson()
    const finished = await signIn(handle, { extraScopes: [post], approval: { scope: 'atproto blob:image/*' } })
    const calendar = ['repo:community.lexicon.calendar.event', 'repo:community.lexicon.calendar.rsvp']
    expect(finished.missingScopes).toEqual([...calendar, post])
    expect(await findSessionState(web.services.db, did)).toMatchObject({
      ...{ state: 'needs-reconnect', isOver: false, missingScopes: calendar },
    })
  })
})

it('an order to renew all goes on where it was left, is one at a time, and counts what came of it', async () => {
  const { db, queue, oauth } = web.services
  const admin = await addPerson(web, { isAdmin: true })
  const [first, second] = [await newPerson(), await newPerson()]
  await startSessionRun(db, queue, admin.id)
  await startSessionRun(db, queue, admin.id)
  const run = await findLastSessionRun(db)
  expect(run).toMatchObject({ startedBy: admin.id, finishedAt: null, renewed: 0 })
  expect(run?.waiting).toBe(run?.total)
  const id = run?.id ?? 0
  // As a process that was killed leaves it: one is done.
  const done = db.updateTable('session_run_items').set({ outcome: 'renewed' })
  await done.where('run_id', '=', id).where('did', '=', first.did).execute()
  await oauth.giveBack(second.did)
  const before = await row(first.did)
  await workSessionRun({ db, oauth }, id, signal)
  expect(await row(first.did)).toEqual(before)
  expect(await findLastSessionRun(db)).toMatchObject({
    ...{ id, finishedAt: expect.any(Date), waiting: 0, unavailable: 0 },
    reconnect: expect.any(Number),
  })
  const { outcome } = await db
    .selectFrom('session_run_items')
    .select('outcome')
    .where('run_id', '=', id)
    .where('did', '=', second.did)
    .executeTakeFirstOrThrow()
  expect(outcome).toBe('reconnect')
  await startSessionRun(db, queue, admin.id)
  expect((await findLastSessionRun(db))?.id).toBeGreaterThan(id)
})
