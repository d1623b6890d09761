import { fromUint8Array } from '@atcute/repo'
import { Secp256k1Keypair } from '@atproto/crypto'
import { jsonToLex } from '@atproto/lex-json'
import { MemoryBlockstore, Repo, WriteOpAction, getFullRepo, verifyProofs, verifyRepoCar } from '@atproto/repo'
import { eventCollection } from '../src/atproto/collections.ts'
import { checkProof, checkRepo } from '../src/atproto/verify-proof.ts'
import { isSignedBy, readSigningKey } from '../src/atproto/verify-signature.ts'
import { SignedRepo } from '../testkit/signed-frames.ts'
import { type Contender, compare } from './ratios.ts'

/** One record of one commit: signature, way through the tree, hash. */
export async function benchProof(): Promise<void> {
  const repo = await SignedRepo.create()
  const rkeys = Array.from({ length: 300 }, (_, i) => `k${i}`)
  await repo.commit(...rkeys.map((rkey) => ({ collection: eventCollection, rkey, record: { name: rkey } })))
  const car = await repo.proof(eventCollection, 'k7')
  const path = `${eventCollection}/k7`
  const { found } = checkProof(car, repo.did, path)
  const key = readSigningKey(repo.key.did())
  const cid = await repo.cidOf(path)
  const claim = { collection: eventCollection, rkey: 'k7', cid }
  if (!key || found?.cid !== String(cid)) throw new Error('the two do not find the same record')
  const ours = () => {
    const { commit } = checkProof(car, repo.did, path)
    if (!isSignedBy(key, commit.unsigned, commit.signature)) throw new Error('not signed')
  }
  const theirs = async () => {
    const { verified } = await verifyProofs(car, [claim] as never, repo.did, repo.key.did())
    if (verified.length !== 1) throw new Error('not verified')
  }
  await compare(
    'verifying one record (k256)',
    [
      ['ours', ours],
      ['@atproto/repo verifyProofs', theirs],
    ],
    { rounds: 7, times: 40 },
  )
}

const prefix = 'community.lexicon.calendar.'

/** Twenty calendar records out of a repo of ten thousand others. */
export async function benchRepo(): Promise<void> {
  const { car, did, key } = await makeRepo(10_000, 20)
  console.error(`a repo of ${(car.length / 1024 / 1024).toFixed(1)} MB`)
  const signingKey = readSigningKey(key)
  const ours = () => {
    const { commit, records } = checkRepo(car, did, prefix)
    if (records.length !== 20 || !signingKey || !isSignedBy(signingKey, commit.unsigned, commit.signature))
      throw new Error('ours found something else')
  }
  const official = async () => {
    const { creates } = await verifyRepoCar(car, did, key)
    if (creates.filter(({ collection }) => collection.startsWith(prefix)).length !== 20) throw new Error('not 20')
  }
  const atcute = () => {
    let found = 0
    for (const { collection, record } of fromUint8Array(car)) if (collection.startsWith(prefix) && record) found++
    if (found !== 20) throw new Error('not 20')
  }
  const contenders: Contender[] = [
    ['ours, verified', ours],
    ['@atproto/repo verifyRepoCar', official],
    ['@atcute/repo, unverified', atcute],
  ]
  await compare('20 calendar records of a repo of 10,000', contenders, { rounds: 5, times: 2 })
}

async function makeRepo(others: number, calendar: number) {
  const key = await Secp256k1Keypair.create()
  const did = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
  const writes = Array.from({ length: others + calendar }, (_, i) => ({
    action: WriteOpAction.Create as const,
    collection:
      i < others
        ? (['app.bsky.feed.like', 'app.bsky.feed.post', 'app.bsky.graph.follow'] as const)[i % 3]
        : eventCollection,
    rkey: `3k${String(i).padStart(11, 'a')}`,
    record: jsonToLex({ name: `record ${i}`, text: 'x'.repeat(150) }),
  }))
  const storage = new MemoryBlockstore()
  const repo = await Repo.create(storage, did, key, writes as never)
  return { car: Buffer.concat(await Array.fromAsync(getFullRepo(storage, repo.cid))), did, key: key.did() }
}
