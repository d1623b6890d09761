import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approve, createAccount, startPds, startPlc } from '../../sandbox/net.ts'
import { findFreePort } from '../../sandbox/ports.ts'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { createSealer } from '../base/seal.ts'
import { NamedLocks } from '../db/named-locks.ts'
import { type Identities, openIdentities } from './identity.ts'
import { type OAuth, type OAuthOptions, openOAuth } from './oauth.ts'
import { requiredScopes } from './oauth-scopes.ts'
import { findSessionState } from './oauth-session-state.ts'
import { getActiveSession, refreshSession, resetSession, validateSession } from './session-manager.ts'

let test_: TestDb
let plc: Awaited<ReturnType<typeof startPlc>>
let pds: Awaited<ReturnType<typeof startPds>>
let identities: Identities
let oauth: OAuth
let pools: pg.Pool[]
/** Of three processes. */
let locks: NamedLocks[]
const secret = randomBytes(32)
const sealer = createSealer(secret)
let tokenRequests = 0

const open = (more: Partial<OAuthOptions> = {}) =>
  openOAuth({
    db: test_.db,
    sealer,
    identities,
    locks: locks[0] ?? expect.fail('no locks'),
    publicUrl: 'http://127.0.0.1:3999',
    allowPrivateNetwork: true,
    ...more,
  })

beforeAll(async () => {
  test_ = await openTestDb()
  pools = [1, 2, 3].map(() => new pg.Pool({ connectionString: test_.url, max: 1 }))
  locks = pools.map((pool) => new NamedLocks(pool))
  plc = await startPlc()
  pds = await startPds(plc.url, await findFreePort())
  pds.pds.server?.on('request', (request) => (tokenRequests += request.url === '/oauth/token' ? 1 : 0))
  identities = openIdentities({ db: test_.db, plcUrl: plc.url, handleResolverUrl: pds.url, allowPrivateNetwork: true })
  oauth = await open()
})

afterAll(async () => {
  await identities[Symbol.asyncDispose]()
  for (const held of locks) await held[Symbol.asyncDispose]()
  for (const pool of pools) await pool.end()
  await pds.close()
  await plc.close()
  await test_[Symbol.asyncDispose]()
})

let people = 0
const newPerson = async () => {
  const handle = `person${++people}.test`
  return { handle, did: (await createAccount(pds.url, handle)).did }
}

async function signIn(
  handle: string,
  { input = handle, scope, linkAccountId }: { input?: string; scope?: string; linkAccountId?: number } = {},
) {
  const { url, browserKey } = await oauth.startSignIn({ input, returnTo: '/events/new', linkAccountId })
  const back = await approve(url, handle, { scope })
  return oauth.finishSignIn(new URL(back).searchParams, browserKey)
}

const whoAmI = async (session: { fetch: (path: string) => Promise<Response> }) => {
  const response = await session.fetch('/xrpc/com.atproto.server.getSession')
  return ((await response.json()) as { did?: string }).did
}

/** Changes what is stored of a session, as time or an accident would. */
async function meddle(
  did: string,
  change: (stored: { tokenSet: { expires_at: string; refresh_token: string; access_token: string } }) => void,
): Promise<void> {
  const context = `oauth_sessions:${did}`
  const { sealed } = await test_.db
    .selectFrom('oauth_sessions')
    .select('sealed')
    .where('did', '=', did)
    .executeTakeFirstOrThrow()
  const stored = JSON.parse(sealer.open(sealed ?? Buffer.of(), context))
  change(stored)
  await test_.db
    .updateTable('oauth_sessions')
    .set({ sealed: sealer.seal(JSON.stringify(stored), context) })
    .where('did', '=', did)
    .execute()
}
const expire = (did: string) =>
  meddle(did, ({ tokenSet }) => (tokenSet.expires_at = new Date(Date.now() - 1000).toISOString()))

describe('signing in', () => {
  test('with a handle, a DID or a server gives a session that acts for the person', async () => {
    const { handle, did } = await newPerson()
    for (const input of [`@${handle}`, did, pds.url]) {
      expect(await signIn(handle, { input, linkAccountId: 7 })).toEqual({
        did,
        scope: requiredScopes.join(' '),
        missingScopes: [],
        returnTo: '/events/new',
        linkAccountId: 7,
      })
      expect(await whoAmI(await oauth.pdsSession(did))).toBe(did)
    }
    expect(await findSessionState(test_.db, did)).toMatchObject({
      state: 'connected',
      missingScopes: [],
      lastError: null,
    })
  })

  test('can be finished once, and only in the browser that started it', async () => {
    const { handle, did } = await newPerson()
    const mine = await oauth.startSignIn({ input: handle, returnTo: '/' })
    const other = await oauth.startSignIn({ input: handle, returnTo: '/' })
    const params = new URL(await approve(mine.url, handle)).searchParams
    await expect(oauth.finishSignIn(params, undefined)).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(oauth.finishSignIn(params, other.browserKey)).rejects.toMatchObject({ code: 'not-allowed' })
    expect(await findSessionState(test_.db, did)).toBeUndefined()
    expect((await oauth.finishSignIn(params, mine.browserKey)).did).toBe(did)
    await expect(oauth.finishSignIn(params, mine.browserKey)).rejects.toMatchObject({ code: 'gone' })
    await expect(oauth.finishSignIn(new URLSearchParams(), mine.browserKey)).rejects.toMatchObject({ code: 'gone' })
  })

  test('that the person refuses changes nothing', async () => {
    const { handle, did } = await newPerson()
    const { url, browserKey } = await oauth.startSignIn({ input: handle, returnTo: '/' })
    const params = new URL(await approve(url, handle, { reject: true })).searchParams
    await expect(oauth.finishSignIn(params, browserKey)).rejects.toMatchObject({ code: 'not-allowed' })
    expect(await findSessionState(test_.db, did)).toBeUndefined()
  })

  test('says what is wrong with what was typed', async () => {
    for (const input of ['alice', 'nobody.test', 'http://localhost:1', 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa']) {
      await expect(oauth.startSignIn({ input, returnTo: '/' })).rejects.toMatchObject({
        code: 'invalid-input',
        fields: [{ field: 'identifier' }],
      })
    }
  })

  test('with fewer permissions than needed says which are missing, and nothing is published with it', async () => {
    const { handle, did } = await newPerson()
    const finished = await signIn(handle, { scope: 'atproto blob:image/*' })
    expect(finished.missingScopes).toEqual(requiredScopes.filter((scope) => scope.startsWith('repo:')))
    await expect(oauth.pdsSession(did)).rejects.toMatchObject({
      name: 'ScopeMissingError',
      missing: finished.missingScopes,
    })
    expect(await whoAmI(await oauth.pdsSession(did, { scopes: ['atproto'] }))).toBe(did)
  })
})

describe('a session', () => {
  test('is refreshed once, however many callers of however many processes find it expired at once', async () => {
    const { handle, did } = await newPerson()
    await signIn(handle)
    const processes = await Promise.all(locks.map((held) => open({ locks: held })))
    await expire(did)
    tokenRequests = 0
    const callers = Array.from({ length: 30 }, async (_, i) => processes[i % 3]?.pdsSession(did))
    const sessions = await Promise.all(callers)
    expect(tokenRequests).toBeLessThanOrEqual(2) // the second only where the server first asks for a DPoP nonce
    expect(await whoAmI(sessions[29] as (typeof sessions)[0] & object)).toBe(did)
  })

  test('that outlives a newer sign-in does it no harm', async () => {
    const { handle, did } = await newPerson()
    await signIn(handle)
    const old = await oauth.pdsSession(did)
    await signIn(handle)
    await expect(whoAmI(old)).rejects.toMatchObject({ name: 'SessionUnavailableError' })
    expect(await findSessionState(test_.db, did)).toMatchObject({ state: 'connected', lastError: null })
    expect(await whoAmI(await oauth.pdsSession(did))).toBe(did)
  })

  test('that is forcibly renewed and one that is ended by its server', async () => {
    const { handle, did } = await newPerson()
    await signIn(handle)
    expect(await whoAmI(await oauth.pdsSession(did, { refresh: true }))).toBe(did)
    const session = await oauth.pdsSession(did)
    await meddle(did, ({ tokenSet }) => {
      tokenSet.refresh_token = `ref-${'0'.repeat(64)}`
      tokenSet.access_token = tokenSet.access_token.slice(0, -8) + 'AAAAAAAA'
    })
    await expect(whoAmI(session)).rejects.toMatchObject({ name: 'SessionGoneError' })
    const state = await findSessionState(test_.db, did)
    expect(state).toMatchObject({ state: 'needs-reconnect', lastError: expect.any(String) })
    await expect(oauth.pdsSession(did)).rejects.toMatchObject({ name: 'SessionGoneError' })
    await signIn(handle)
    expect(await findSessionState(test_.db, did)).toMatchObject({ state: 'connected', lastError: null })
    expect(await whoAmI(await oauth.pdsSession(did))).toBe(did)
  })

  test('waits while the person’s server or the directory is away', async () => {
    const { handle, did } = await newPerson()
    await signIn(handle)
    await expire(did)
    const lost = openIdentities({
      db: test_.db,
      plcUrl: 'http://127.0.0.1:1',
      handleResolverUrl: pds.url,
      allowPrivateNetwork: true,
    })
    const cutOff = await open({ identities: lost })
    await expect(cutOff.pdsSession(did)).rejects.toMatchObject({ name: 'SessionUnavailableError' })
    expect(await findSessionState(test_.db, did)).toMatchObject({ state: 'connected' })
    expect(await whoAmI(await oauth.pdsSession(did))).toBe(did)
  })

  test('is given back when the person disconnects', async () => {
    const { handle, did } = await newPerson()
    await signIn(handle)
    const session = await oauth.pdsSession(did)
    await oauth.disconnect(did)
    expect(await findSessionState(test_.db, did)).toBeUndefined()
    await expect(whoAmI(session)).rejects.toMatchObject({ name: 'SessionGoneError' })
    await expect(oauth.pdsSession(did)).rejects.toMatchObject({
      name: 'SessionGoneError',
      message: `${did} is not connected`,
    })
    await oauth.disconnect(did)
  })

  test('is sealed, opens after the secret was rotated, and is not lost while its key is missing', async () => {
    const { handle, did } = await newPerson()
    await signIn(handle)
    const { sealed } = await test_.db
      .selectFrom('oauth_sessions')
      .select('sealed')
      .where('did', '=', did)
      .executeTakeFirstOrThrow()
    expect(sealed?.toString('latin1')).not.toContain('tokenSet')
    const [next, wrong] = [randomBytes(32), randomBytes(32)]
    const keyless = await open({ sealer: createSealer(wrong) })
    await expect(keyless.pdsSession(did)).rejects.toMatchObject({ name: 'SessionGoneError' })
    expect(await whoAmI(await oauth.pdsSession(did))).toBe(did)
    await open({ sealer: createSealer(next, [secret]) })
    const rotated = await open({ sealer: createSealer(next) })
    expect(await whoAmI(await rotated.pdsSession(did))).toBe(did)
    await open({ sealer: createSealer(secret, [next]) })
  })
})

describe('an operator', () => {
  test('can see, check, renew and reset a session', async () => {
    const { handle, did } = await newPerson()
    expect(await getActiveSession(test_.db, did)).toBeNull()
    await signIn(handle)
    const before = await getActiveSession(test_.db, did)
    expect(await validateSession(oauth, did)).toBe(true)
    const renewed = await refreshSession(oauth, test_.db, did)
    expect(renewed?.refreshedAt.getTime()).toBeGreaterThan(before?.refreshedAt.getTime() ?? Infinity)
    await resetSession(oauth, test_.db, did)
    expect(await getActiveSession(test_.db, did)).toBeNull()
    expect(await validateSession(oauth, did)).toBe(false)
    expect(await findSessionState(test_.db, did)).toMatchObject({
      state: 'needs-reconnect',
      lastError: 'An administrator has reset this connection.',
    })
  })
})

describe('the client', () => {
  test('on https shows metadata and keys, makes one key however many start at once, and keeps old keys', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => open({ publicUrl: 'https://meet.example.org' })))
    const [client] = clients as [OAuth]
    expect(client.clientMetadata()).toMatchObject({
      client_id: 'https://meet.example.org/oauth/client-metadata.json',
      redirect_uris: ['https://meet.example.org/oauth/callback'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://meet.example.org/oauth/jwks.json',
    })
    type Jwks = { keys: { kid: string; d?: string }[] }
    const before = (await client.jwks()) as Jwks
    expect(before.keys).toHaveLength(1)
    await client.addClientKey()
    const after = (await client.jwks()) as Jwks
    expect(after.keys.map(({ kid }) => kid)[1]).toBe(before.keys[0]?.kid)
    expect(JSON.stringify(after)).not.toContain('"d":')
  })

  test('on this machine needs neither; on another plain address there is none', async () => {
    expect(oauth.clientMetadata()).toBeUndefined()
    const plain = await open({ publicUrl: 'http://192.0.2.7:3000' })
    await expect(plain.startSignIn({ input: 'person1.test', returnTo: '/' })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
