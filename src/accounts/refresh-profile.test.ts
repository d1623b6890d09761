import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { createGuardedFetch, createOperatorFetch } from '../atproto/guarded-fetch.ts'
import { openIdentities } from '../atproto/identity.ts'
import {
  ensureShadowAccounts,
  findAccountByDid,
  findAccountByFormerHandle,
  findAccountByHandleOrDid,
  markIdentityChanged,
  setRepoStatus,
} from './account-store.ts'
import { toBlueskyProfile } from './bluesky-profile.ts'
import { type ProfileContext, refreshDueProfiles, refreshProfile } from './refresh-profile.ts'

const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
type Answer = [status: number, body: unknown]

/** Directory, handle resolver, PDS and AppView of this network, all at one address. */
let network: Record<'directory' | 'resolveHandle' | 'getRecord' | 'getProfile', Answer>
let asked: string[]
let server: Server
let url: string
let test_: TestDb
let context: ProfileContext

beforeAll(async () => {
  test_ = await openTestDb()
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const call = (pathname.split('.').at(-1) ?? '') as keyof typeof network
    asked.push(searchParams.get('actor') ?? searchParams.get('repo') ?? pathname)
    const [status, body] = pathname.startsWith('/did:') ? network.directory : network[call]
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

beforeEach(async () => {
  asked = []
  network = {
    directory: [
      200,
      {
        id: did,
        alsoKnownAs: ['at://ana.test'],
        service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: url }],
      },
    ],
    resolveHandle: [200, { did }],
    getRecord: [
      200,
      {
        value: {
          $type: 'app.bsky.actor.profile',
          displayName: ' Ana ',
          description: 'Likes\0 maps',
          avatar: { $type: 'blob', ref: { $link: cid }, mimeType: 'image/png', size: 9 },
        },
      },
    ],
    getProfile: [200, { did, handle: 'ana.test', followersCount: 12, followsCount: 34 }],
  }
  const { db } = test_
  await db.deleteFrom('identities').execute()
  await db.deleteFrom('accounts').execute()
  await db.transaction().execute((tx) => ensureShadowAccounts(tx, [did]))
  context = {
    db,
    identities: openIdentities({ db, plcUrl: url, handleResolverUrl: url, allowPrivateNetwork: true }),
    fetch: createGuardedFetch({ allowPrivateNetwork: true }),
    operatorFetch: createOperatorFetch(),
    appviewUrl: url,
  }
})

afterAll(async () => {
  await new Promise((done) => server.close(done))
  await test_[Symbol.asyncDispose]()
})

const account = async () => (await findAccountByDid(test_.db, did)) ?? expect.fail('no account')
const minutesUntilDue = async () => (((await account()).profile_due_at?.getTime() ?? 0) - Date.now()) / 60_000

describe('a profile', () => {
  test('is read from the person’s own server, their handle checked both ways, and counted by the AppView', async () => {
    expect(await refreshProfile(context, did)).toBe(true)
    expect(await account()).toMatchObject({
      handle: 'ana.test',
      pds_url: url,
      display_name: 'Ana',
      bio: 'Likes maps',
      avatar_cid: cid,
      banner_cid: null,
      followers_count: 12,
      following_count: 34,
    })
    expect((await findAccountByHandleOrDid(test_.db, '@Ana.test'))?.did).toBe(did)
    expect(toBlueskyProfile(await account(), (of, picture) => `/img/${of}/${picture}`)).toEqual({
      handle: 'ana.test',
      displayName: 'Ana',
      avatar: `/img/${did}/${cid}`,
      bio: 'Likes maps',
      followersCount: 12,
      followingCount: 34,
      isVerified: true,
    })
    expect(await minutesUntilDue()).toBeGreaterThan(6 * 24 * 60)
  })

  test('that cannot be read stays as it was known, and is tried again soon', async () => {
    await refreshProfile(context, did)
    network.getRecord = [502, {}]
    network.getProfile = [500, {}]
    expect(await refreshProfile(context, did)).toBe(false)
    expect(await account()).toMatchObject({ display_name: 'Ana', avatar_cid: cid, followers_count: 12 })
    expect(await minutesUntilDue()).toBeLessThan(40)
    network.directory = [503, {}]
    await markIdentityChanged(test_.db as never, [did])
    await refreshProfile(context, did, { fresh: true })
    expect(await account()).toMatchObject({ handle: 'ana.test', display_name: 'Ana' })
  })

  test('of somebody who has none is empty; odd values are read for what they are worth', async () => {
    await refreshProfile(context, did)
    network.getRecord = [
      200,
      {
        value: { displayName: 5, description: `half \ud800 pair`, avatar: { ref: { $link: 'no\0cid' } }, banner: 'x' },
      },
    ]
    await refreshProfile(context, did)
    expect(await account()).toMatchObject({ display_name: '', bio: 'half \ufffd pair', avatar_cid: null })
    network.getRecord = [400, { error: 'RecordNotFound' }]
    expect(await refreshProfile(context, did)).toBe(true)
    expect(await account()).toMatchObject({ display_name: '', bio: '' })
  })

  test('follows a change of handle and of server, once the network has told of it', async () => {
    await refreshProfile(context, did)
    network.directory = [200, { ...(network.directory[1] as object), alsoKnownAs: ['at://ana.example.org'] }]
    await refreshProfile(context, did)
    expect((await account()).handle).toBe('ana.test')
    await test_.db.transaction().execute((tx) => markIdentityChanged(tx, [did]))
    expect(await refreshDueProfiles(context, new AbortController().signal)).toBe(1)
    expect((await account()).handle).toBe('ana.example.org')
    expect((await findAccountByFormerHandle(test_.db, 'ana.test'))?.did).toBe(did)
    expect(await findAccountByFormerHandle(test_.db, 'ana.example.org')).toBeUndefined()
  })

  test('that is due is read, many at a time, and one that cannot be read keeps nobody back', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    const others = Array.from({ length: 26 }, (_, i) => `did:plc:${letters[i]?.repeat(24)}`)
    await test_.db.transaction().execute((tx) => ensureShadowAccounts(tx, others))
    expect(await refreshDueProfiles(context, new AbortController().signal)).toBe(27)
    expect((await account()).display_name).toBe('Ana')
    expect(await refreshDueProfiles(context, new AbortController().signal)).toBe(0)
  })
})

test('the status of a repo follows the newest message, whatever the order they come in', async () => {
  const set = (status: 'active' | 'deactivated', time: string) =>
    test_.db.transaction().execute((tx) => setRepoStatus(tx, did, status, new Date(time)))
  expect(await set('deactivated', '2026-01-02')).toBe(true)
  expect(await set('active', '2026-01-01')).toBe(false)
  expect((await account()).repo_status).toBe('deactivated')
  expect(await set('active', '2026-01-03')).toBe(true)
  expect((await account()).repo_status).toBe('active')
})
