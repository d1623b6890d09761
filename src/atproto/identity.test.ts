import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { type Identities, openIdentities } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import { forgetIdentities } from './identity-store.ts'

const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const document = (handle: string, pds = 'https://pds.example.org') => ({
  id: did,
  alsoKnownAs: [`at://${handle}`],
  service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: pds }],
})

/** A PLC directory and a handle resolver, whose answers a test sets. */
let directory: {
  doc: unknown
  status: number
  handles: Record<string, string>
  handleStatus: number
  requests: number
  delayMs: number
}
let server: Server
let url: string
let test_: TestDb
let identities: Identities

beforeAll(async () => {
  test_ = await openTestDb()
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

/** A PLC directory and a server that knows handles. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  response.setHeader('content-type', 'application/json')
  if (pathname.startsWith('/xrpc/')) {
    const found = directory.handles[searchParams.get('handle') ?? '']
    response.statusCode = directory.handleStatus !== 200 ? directory.handleStatus : found ? 200 : 400
    return void response.end(
      JSON.stringify(found ? { did: found } : { error: 'InvalidRequest', message: 'Unable to resolve handle' }),
    )
  }
  directory.requests++
  const { doc, status } = { ...directory }
  await new Promise((done) => setTimeout(done, directory.delayMs))
  response.statusCode = status
  response.end(JSON.stringify(doc))
}

beforeEach(async () => {
  directory = {
    doc: document('alice.test'),
    status: 200,
    handles: { 'alice.test': did },
    handleStatus: 200,
    requests: 0,
    delayMs: 0,
  }
  await test_.db.deleteFrom('identities').execute()
  identities = openIdentities({ db: test_.db, plcUrl: url, handleResolverUrl: url, allowPrivateNetwork: true })
})

afterAll(async () => {
  await new Promise((done) => server.close(done))
  await test_[Symbol.asyncDispose]()
})

const settle = async () => {
  await new Promise((done) => setTimeout(done, 20))
  await identities[Symbol.asyncDispose]()
}

describe('a DID', () => {
  test('is read once and then known, also to another process and to many callers at once', async () => {
    directory.delayMs = 20
    const all = await Promise.all([1, 2, 3].map(() => identities.resolveDid(did)))
    expect(all.map(({ handle, pdsUrl }) => `${handle} ${pdsUrl}`)).toEqual(
      Array(3).fill('alice.test https://pds.example.org'),
    )
    const other = openIdentities({
      db: test_.db,
      plcUrl: 'http://127.0.0.1:1',
      handleResolverUrl: url,
      allowPrivateNetwork: true,
    })
    expect((await other.resolveDid(did)).handle).toBe('alice.test')
    expect(directory.requests).toBe(1)
  })

  test('that is a day old is answered at once and renewed behind the scenes', async () => {
    await identities.resolveDid(did)
    await test_.db
      .updateTable('identities')
      .set({ stale_at: new Date(Date.now() - 1000) })
      .execute()
    directory.doc = document('bob.test')
    directory.handles['bob.test'] = did
    expect((await identities.resolveDid(did)).handle).toBe('alice.test')
    await settle()
    expect((await identities.resolveDid(did)).handle).toBe('bob.test')
  })

  test('that was forgotten is read before it is used, and only while the directory is away the old one stands in', async () => {
    await identities.resolveDid(did)
    await forgetIdentities(test_.db, [did])
    directory.status = 500
    expect((await identities.resolveDid(did)).pdsUrl).toBe('https://pds.example.org')
    directory.status = 200
    directory.doc = document('alice.test', 'https://new.example.org')
    expect((await identities.resolveDid(did)).pdsUrl).toBe('https://new.example.org')
  })

  test('that is forgotten while it is being read is read again', async () => {
    await identities.resolveDid(did)
    directory.delayMs = 60
    const reading = identities.resolveDid(did, { fresh: true })
    await new Promise((done) => setTimeout(done, 20))
    directory.doc = document('alice.test', 'https://new.example.org')
    await forgetIdentities(test_.db, [did])
    const afterwards = identities.resolveDid(did)
    await reading
    expect((await afterwards).pdsUrl).toBe('https://new.example.org')
    expect((await identities.resolveDid(did)).pdsUrl).toBe('https://new.example.org')
  })

  test('fresh means now, and fails when the directory cannot be asked', async () => {
    await identities.resolveDid(did)
    directory.status = 503
    await expect(identities.resolveDid(did, { fresh: true })).rejects.toMatchObject({ kind: 'unavailable' })
  })

  test('that nobody knows, or whose document is another’s, is an error that does not go away by itself', async () => {
    directory.status = 404
    await expect(identities.resolveDid(did)).rejects.toMatchObject({ kind: 'not-found' })
    directory.status = 200
    directory.doc = { ...document('alice.test'), id: 'did:plc:z72i7hdynmk6r22z27h6tvur' }
    await expect(identities.resolveDid(did)).rejects.toMatchObject({ kind: 'invalid' })
    await expect(identities.resolveDid('did:key:zabc')).rejects.toBeInstanceOf(IdentityError)
  })
})

describe('a handle', () => {
  test('counts only when it points back to the DID', async () => {
    directory.handles = { 'alice.test': 'did:plc:z72i7hdynmk6r22z27h6tvur' }
    expect((await identities.resolveDid(did)).handle).toBeNull()
    directory.handles = {}
    expect((await identities.resolveDid(did, { fresh: true })).handle).toBeNull()
  })

  test('that cannot be checked just now stays as it was known; a new one waits until it can be', async () => {
    await identities.resolveDid(did)
    directory.handleStatus = 502
    expect((await identities.resolveDid(did, { fresh: true })).handle).toBe('alice.test')
    directory.doc = document('bob.test')
    expect((await identities.resolveDid(did, { fresh: true })).handle).toBeNull()
    const { stale_at } = await test_.db.selectFrom('identities').select('stale_at').executeTakeFirstOrThrow()
    expect(stale_at.getTime()).toBeLessThan(Date.now() + 10 * 60_000)
  })
})
