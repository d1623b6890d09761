import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccountByDid } from '../src/accounts/account-store.ts'
import { sandboxPassword } from '../sandbox/net.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'
import { FakeFleet, eventValue } from '../testkit/fake-fleet.ts'
import { eventCollection } from '../src/atproto/collections.ts'
import { reconcile } from '../src/ingest/backfill.ts'

const soon = { timeout: 15_000, interval: 20 }
let site: TestSite
let count = 0
beforeAll(async () => {
  site = await startTestSite()
})
afterAll(() => site[Symbol.asyncDispose]())

const db = () => site.services.db
const hidden = (uri: string) => async () => {
  const row = await db().selectFrom('events').select('hidden_reason').where('uri', '=', uri).executeTakeFirst()
  return row ? (row.hidden_reason ?? 'shown') : 'none'
}

/** Somebody of the network with an event that is shown here. */
async function newAuthor() {
  const handle = `author${++count}.test`
  const did = await site.app.signUp(handle)
  const { uri } = await site.app.createEvent(did, { name: `Event of ${handle}` })
  await expect.poll(hidden(uri), soon).toBe('shown')
  return { did, handle, uri }
}

async function asOwner(handle: string, method: string, body?: object): Promise<void> {
  const { pdsUrl } = site.network.urls
  const call = (name: string, token: string | undefined, json: object | undefined) =>
    fetch(new URL(`/xrpc/${name}`, pdsUrl), {
      method: 'POST',
      headers: {
        ...(json && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: json ? JSON.stringify(json) : null,
    })
  const session = await call('com.atproto.server.createSession', undefined, {
    identifier: handle,
    password: sandboxPassword,
    allowTakendown: true,
  })
  const { accessJwt } = (await session.json()) as { accessJwt: string }
  const response = await call(method, accessJwt, body)
  if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`)
}

async function asAdmin(method: string, body: object): Promise<void> {
  const { pds, url } = site.network.pds
  const basic = Buffer.from(`admin:${pds.ctx.authVerifier['_adminPass']}`).toString('base64')
  const response = await fetch(new URL(`/xrpc/${method}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${basic}` },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`)
}

describe('on a real PDS', () => {
  test('a handle that changes is followed', async () => {
    const { did, handle } = await newAuthor()
    await expect.poll(async () => (await findAccountByDid(db(), did))?.handle, soon).toBe(handle)
    await asOwner(handle, 'com.atproto.identity.updateHandle', { handle: `new-${handle}` })
    await expect.poll(async () => (await findAccountByDid(db(), did))?.handle, soon).toBe(`new-${handle}`)
  })

  test('an account that is deactivated is hidden, and shown again when it returns, with what was missed', async () => {
    const { did, handle, uri } = await newAuthor()
    await asOwner(handle, 'com.atproto.server.deactivateAccount', {})
    await expect.poll(hidden(uri), soon).toBe('account-deactivated')
    // The repo cannot be read now: that deletes nothing.
    await reconcile(toDeps(), { dids: [did] })
    expect(await hidden(uri)()).toBe('account-deactivated')
    await asOwner(handle, 'com.atproto.server.activateAccount')
    await expect.poll(hidden(uri), soon).toBe('shown')
    const healed = () => db().selectFrom('gaps').select(['reason', 'state']).where('did', '=', did).executeTakeFirst()
    // Only the firehose tells of #sync.
    expect(await healed()).toBeUndefined()
  })

  test('an account that is taken down is hidden, and nothing of it is lost when that is taken back', async () => {
    const { did, uri } = await newAuthor()
    const subject = { $type: 'com.atproto.admin.defs#repoRef', did }
    await asAdmin('com.atproto.admin.updateSubjectStatus', { subject, takedown: { applied: true, ref: 'test' } })
    await expect.poll(hidden(uri), soon).toBe('account-takendown')
    await asAdmin('com.atproto.admin.updateSubjectStatus', { subject, takedown: { applied: false } })
    await expect.poll(hidden(uri), soon).toBe('shown')
  })

  test('an account that is deleted takes its events with it, though nobody says so of each', async () => {
    const { did, uri } = await newAuthor()
    await asAdmin('com.atproto.admin.deleteAccount', { did })
    await expect.poll(hidden(uri), soon).toBe('none')
    const record = await db()
      .selectFrom('records')
      .select(['deleted', 'value'])
      .where('uri', '=', uri)
      .executeTakeFirst()
    expect(record).toEqual({ deleted: true, value: null })
  })

  test('a repo that moves is read at its new server', async () => {
    const { did, uri } = await newAuthor()
    await using fleet = await FakeFleet.start(1)
    fleet
      .add(did)
      .touch(100_000_000_000_000)
      .put(eventCollection, uri.split('/').at(-1) ?? '', eventValue('At the new server'))
    const { ctx } = site.network.pds.pds
    await ctx.plcClient.updatePds(did, ctx.plcRotationKey, fleet.hostUrl(0))
    await ctx.sequencer.sequenceIdentity(did as `did:plc:${string}`)
    const server = async () =>
      (await db().selectFrom('identities').select('pds_url').where('did', '=', did).executeTakeFirst())?.pds_url
    await expect.poll(server, soon).toBe(fleet.hostUrl(0))
    await reconcile(toDeps(), { dids: [did] })
    const row = await db().selectFrom('events').select('name').where('uri', '=', uri).executeTakeFirst()
    expect(row).toEqual({ name: 'At the new server' })
  })
})

function toDeps() {
  const { services, network } = site
  return { ...services, publicUrl: 'http://127.0.0.1:3999', relayUrl: network.urls.relayUrl }
}
