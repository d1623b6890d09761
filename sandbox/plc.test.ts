import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client, type PlcClientError } from '@did-plc/lib'
import { Secp256k1Keypair } from '@atproto/crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plc } from './plc.ts'

let folder: string
let plc: Plc
let client: Client
let key: Secp256k1Keypair
let did: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'openmeet-plc-'))
  plc = await Plc.start({ file: path.join(folder, 'plc.jsonl') })
  client = new Client(plc.url)
  key = await Secp256k1Keypair.create()
  did = await client.createDid({
    signingKey: key.did(),
    handle: 'ada.test',
    pds: 'http://localhost:2583',
    rotationKeys: [key.did()],
    signer: key,
  })
})
afterAll(async () => {
  await plc[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

test('a DID has a document, follows its signed operations, and outlives a restart', async () => {
  await client.updateHandle(did, key, 'countess.test')
  await plc[Symbol.asyncDispose]()
  plc = await Plc.start({ file: path.join(folder, 'plc.jsonl') })
  client = new Client(plc.url)
  const document = await client.getDocument(did)
  expect(document).toMatchObject({ id: did, alsoKnownAs: ['at://countess.test'] })
  expect(document.service).toMatchObject([{ id: '#atproto_pds', serviceEndpoint: 'http://localhost:2583' }])
  expect(await client.getOperationLog(did)).toHaveLength(2)
  expect(await client.getAuditableLog(did)).toHaveLength(2)
  await client.updatePds(did, key, 'http://localhost:2600')
  expect(await client.getLastOp(did)).toMatchObject({
    services: { atproto_pds: { endpoint: 'http://localhost:2600' } },
  })
})

test('an operation that the DID’s keys did not sign is refused', async () => {
  const stranger = await Secp256k1Keypair.create()
  await expect(client.updateHandle(did, stranger, 'stolen.test')).rejects.toMatchObject({ status: 400 })
  expect(await client.getDocument(did)).toMatchObject({ alsoKnownAs: ['at://countess.test'] })
})

test('unknown and ended DIDs are told apart', async () => {
  const status = (wanted: string) => client.getDocument(wanted).catch((error: PlcClientError) => error.status)
  expect(await status('did:plc:aaaaaaaaaaaaaaaaaaaaaaaa')).toBe(404)
  await client.tombstone(did, key)
  expect(await status(did)).toBe(410)
})
