import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { approve, createAccount, startPds, startPlc } from '../sandbox/net.ts'
import { findFreePort } from '../sandbox/ports.ts'
import { nodeOptions, root } from '../scripts/bootstrap/run-with-node.mjs'
import { findSessionState } from '../src/atproto/oauth-session-state.ts'
import { type Identities, openIdentities } from '../src/atproto/identity.ts'
import { type OAuth, openOAuth } from '../src/atproto/oauth.ts'
import { createSealer } from '../src/base/seal.ts'
import { type TestDb, openTestDb } from '../testkit/test-db.ts'

const processes = 3
const secret = randomBytes(32)
const sealer = createSealer(secret)
let test: TestDb
let plc: Awaited<ReturnType<typeof startPlc>>
let pds: Awaited<ReturnType<typeof startPds>>
let identities: Identities
let oauth: OAuth
let renewals = 0

beforeAll(async () => {
  test = await openTestDb()
  plc = await startPlc()
  pds = await startPds(plc.url, await findFreePort())
  // A process that has just started knows no DPoP nonce: its first request is refused, and uses no token up.
  pds.pds.server?.on('request', (request, response) =>
    response.on('finish', () => (renewals += request.url === '/oauth/token' && response.statusCode === 200 ? 1 : 0)),
  )
  const { db, database } = test
  identities = openIdentities({ db, plcUrl: plc.url, handleResolverUrl: pds.url, allowPrivateNetwork: true })
  const publicUrl = 'http://127.0.0.1:3999'
  oauth = await openOAuth({ db, sealer, identities, locks: database.locks, publicUrl, allowPrivateNetwork: true })
})
afterAll(async () => {
  await identities[Symbol.asyncDispose]()
  await pds.close()
  await plc.close()
  await test[Symbol.asyncDispose]()
})

/** A process that waits for the word, and its lines. */
async function startProcess(did: string) {
  const env = {
    ...process.env,
    TEST_DATABASE_URL: test.url,
    TEST_SECRET: secret.toString('hex'),
    TEST_PLC_URL: plc.url,
    TEST_PDS_URL: pds.url,
    TEST_DID: did,
  }
  const options = { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] }
  const child: ChildProcess = spawn(process.execPath, [...nodeOptions(), 'testkit/refresh-session.ts'], options)
  if (!child.stdout) throw new Error('a process without output')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  return {
    async act(): Promise<unknown> {
      child.stdin?.write('go\n')
      return (await lines.next()).value
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}

/** As time does: the access token has run out. */
async function expireToken(did: string): Promise<void> {
  const context = `oauth_sessions:${did}`
  const { sealed } = await test.db
    .selectFrom('oauth_sessions')
    .select('sealed')
    .where('did', '=', did)
    .executeTakeFirstOrThrow()
  const stored = JSON.parse(sealer.open(sealed ?? Buffer.of(), context)) as { tokenSet: { expires_at: string } }
  stored.tokenSet.expires_at = new Date(Date.now() - 1000).toISOString()
  const anew = sealer.seal(JSON.stringify(stored), context)
  await test.db.updateTable('oauth_sessions').set({ sealed: anew }).where('did', '=', did).execute()
}

it(
  'an expired session that several processes use at once is renewed once, and lives on',
  { timeout: 60_000 },
  async () => {
    const handle = 'many.test'
    const { did } = await createAccount(pds.url, handle)
    const { url, browserKey } = await oauth.startSignIn({ input: handle, returnTo: '/' })
    await oauth.finishSignIn(new URL(await approve(url, handle)).searchParams, browserKey)
    using stack = new DisposableStack()
    const started = await Promise.all(Array.from({ length: processes }, () => startProcess(did)))
    for (const one of started) stack.use(one)

    await expireToken(did)
    renewals = 0
    const answers = await Promise.all(started.map((one) => one.act()))
    expect(answers).toEqual(Array.from({ length: processes }, () => did))
    expect(renewals).toBe(1)
    // A refresh token that was used twice would have ended the session at the PDS by now.
    const survivor = await oauth.pdsSession(did, { refresh: true })
    expect((await survivor.fetch('/xrpc/com.atproto.server.getSession')).status).toBe(200)
    expect(await findSessionState(test.db, did)).toMatchObject({ state: 'connected', lastError: null })
  },
)
