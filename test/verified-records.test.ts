import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Network, startNetwork } from '../sandbox/network.ts'
import { OtherApp } from '../sandbox/other-app.ts'
import { findFreePort } from '../sandbox/ports.ts'
import { silentLog } from '../testkit/silent-log.ts'
import { type TestDb, openTestDb } from '../testkit/test-db.ts'
import { createSource } from '../src/app/create-source.ts'
import { parseAtUri } from '../src/atproto/at-uri.ts'
import { eventCollection } from '../src/atproto/collections.ts'
import type { Fetch } from '../src/atproto/guarded-fetch.ts'
import { type Identities, openIdentities } from '../src/atproto/identity.ts'
import { createJetstreamSource } from '../src/atproto/jetstream.ts'
import type { RecordOp, Source } from '../src/atproto/record-op.ts'
import { createVerifier } from '../src/atproto/verify-batch.ts'
import { createSignatureCheck } from '../src/atproto/verify-keys.ts'
import { confirmDue } from '../src/ingest/confirm-records.ts'
import { dispatchBatch } from '../src/ingest/dispatch.ts'
import { HostGate } from '../src/ingest/host-gate.ts'
import { findRecord } from '../src/records/record-store.ts'

const publicUrl = 'https://meet.example.org'
let dataDir: string
let network: Network
let app: OtherApp
let open: TestDb
let identities: Identities
let did: string

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'openmeet-verified-'))
  network = await startNetwork({ ports: { pds: await findFreePort() }, dataDir })
  app = new OtherApp(network.pds)
  open = await openTestDb()
  const { plcUrl, pdsUrl } = network.urls
  identities = openIdentities({ db: open.db, plcUrl, handleResolverUrl: pdsUrl, allowPrivateNetwork: true })
  did = await app.signUp('author.test')
})
afterAll(async () => {
  await identities[Symbol.asyncDispose]()
  await open[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

const deps = () => ({ db: open.db, log: silentLog, publicUrl })
const check = () => createSignatureCheck(identities)
const timing = { backoff: { firstMs: 1, maxMs: 20 }, pingMs: 500, idleMs: 50 }
/** As SOURCE=firehose makes it. */
const firehose = () => {
  const settings = { source: 'firehose', firehoseUrl: network.relay.socketUrl, jetstreamUrls: [] } as const
  return (
    createSource({ ...settings, tapUrl: undefined, tapPassword: undefined }, createVerifier(check())) ?? expect.fail()
  )
}

/** Takes everything in, up to the record with this name. */
async function takeUntil(source: Source, name: string): Promise<void> {
  for await (const batch of source.batches(0, AbortSignal.timeout(15_000))) {
    await dispatchBatch(deps(), source.name, batch)
    if (batch.messages.some(({ op }) => op.kind === 'record' && op.record?.['name'] === name)) return
  }
  expect.fail(`${name} did not come`)
}

async function takeOp(op: Partial<RecordOp> & Pick<RecordOp, 'rkey' | 'action' | 'rev'>): Promise<void> {
  const message: RecordOp = { kind: 'record', did, collection: eventCollection, verified: 'no', live: true, ...op }
  await dispatchBatch(deps(), 'test', { messages: [{ cursor: 0, op: message }] })
}

/** One round of proving, after making everything due. */
async function confirm(fetch: Fetch = globalThis.fetch): Promise<void> {
  await sql`update records set proof_due_at = now()`.execute(open.db)
  await confirmDue({ ...deps(), identities, fetch, gate: new HostGate(), check: check() })
}

const ledger = async (uri: string) => (await findRecord(open.db, uri)) ?? expect.fail(uri)
const rkeyOf = (uri: string) => parseAtUri(uri)?.rkey ?? ''
const latestRev = async () => {
  const url = new URL(`/xrpc/com.atproto.sync.getLatestCommit?did=${did}`, network.pds.url)
  return ((await (await fetch(url)).json()) as { rev: string }).rev
}

describe('with SOURCE=firehose', () => {
  test('every record of a real PDS is verified by its commit, and nothing is put aside', async () => {
    const { uri } = await app.createEvent(did, { name: 'First' })
    await app.editEvent(uri, { name: 'Second' })
    const removed = await app.createEvent(did, { name: 'Removed' })
    await app.answer(did, uri, 'going')
    await app.deleteRecord(removed.uri)
    await app.createEvent(did, { name: 'End of firehose' })
    await takeUntil(firehose(), 'End of firehose')
    const records = await open.db.selectFrom('records').select(['uri', 'verified']).execute()
    expect(records).toHaveLength(4)
    expect(new Set(records.map(({ verified }) => verified))).toEqual(new Set(['commit']))
    expect(await open.db.selectFrom('dead_letters').selectAll().execute()).toEqual([])
    expect(await open.db.selectFrom('gaps').selectAll().execute()).toEqual([])
  })

  test('what was known unverified is verified when its commit comes', async () => {
    const { uri, cid } = await app.createEvent(did, { name: 'Ours' })
    const { value } = await app.readRecord(uri)
    await takeOp({ rkey: rkeyOf(uri), action: 'update', rev: await latestRev(), cid, record: value })
    expect((await ledger(uri)).verified).toBe('no')
    await takeUntil(firehose(), 'Ours')
    expect((await ledger(uri)).verified).toBe('commit')
  })
})

describe('what came unsigned', () => {
  test('is proved by its author’s PDS', async () => {
    const { uri } = await app.createEvent(did, { name: 'By Jetstream' })
    await takeUntil(createJetstreamSource({ urls: [network.relay.socketUrl], timing }), 'By Jetstream')
    expect((await ledger(uri)).verified).toBe('no')
    await confirm()
    expect(await ledger(uri)).toMatchObject({ verified: 'proof', proof_error: null })
  })

  test('and is forged gives way to what the author has signed', async () => {
    const { uri, cid } = await app.createEvent(did, { name: 'True' })
    const rev = await latestRev()
    await takeOp({ rkey: rkeyOf(uri), action: 'create', rev, cid, record: { $type: eventCollection, name: 'False' } })
    await confirm()
    expect(await ledger(uri)).toMatchObject({ verified: 'proof', cid, value: { name: 'True' } })
    const event = await open.db.selectFrom('events').select('name').where('uri', '=', uri).executeTakeFirst()
    expect(event?.name).toBe('True')
  })

  test('and was never in the repo is taken away, because its absence was proved', async () => {
    await takeOp({
      rkey: 'never-was',
      action: 'create',
      rev: await latestRev(),
      cid: 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy',
      record: { $type: eventCollection, name: 'Made up' },
    })
    await confirm()
    expect(await ledger(`at://${did}/${eventCollection}/never-was`)).toMatchObject({ deleted: true, verified: 'proof' })
  })

  test('stays as it is, with the reason, while it cannot be proved', async () => {
    const { uri } = await app.createEvent(did, { name: 'Unproved' })
    await takeUntil(createJetstreamSource({ urls: [network.relay.socketUrl], timing }), 'Unproved')
    const answers: [Fetch, RegExp][] = [
      [async () => new Response('{"error":"RecordNotFound"}', { status: 400 }), /RecordNotFound/],
      [async () => new Response('', { status: 502 }), /502/],
      [async () => Promise.reject(new Error('connection refused')), /connection refused/],
      [async () => new Response('no CAR at all'), /car-unreadable/],
      [async () => new Response(new Uint8Array()), /car-unreadable/],
    ]
    for (const [answer, reason] of answers) {
      await confirm(answer)
      const record = await ledger(uri)
      expect(record).toMatchObject({ verified: 'no', deleted: false, value: { name: 'Unproved' } })
      expect(record.proof_error).toMatch(reason)
      expect(record.proof_due_at.getTime()).toBeGreaterThan(Date.now())
    }
    await confirm()
    expect((await ledger(uri)).verified).toBe('proof')
  })
})
