import { decodeFirst } from '@atcute/cbor'
import { decode } from '@atproto/lex-cbor'
import { parseCommitAuthenticated } from '@atproto/sync'
import { readFirehoseFrame } from '../src/atproto/firehose-frame.ts'
import { checkCommit } from '../src/atproto/verify-commit.ts'
import { isSignedBy, readSigningKey } from '../src/atproto/verify-signature.ts'
import { SignedRepo, toFrame } from '../testkit/signed-frames.ts'
import { compare } from './ratios.ts'

const commits = 40

/** Every commit decoded and verified, with all its ops: theirs by inclusion and signature, ours by inversion too. */
export async function benchCommits(): Promise<void> {
  const repo = await SignedRepo.create()
  const post = (i: number) => ({
    collection: 'app.bsky.feed.post',
    rkey: `k${i}`,
    record: { text: 'x'.repeat(300), i },
  })
  await repo.commit(...Array.from({ length: 400 }, (_, i) => post(i)))
  const frames = await Array.fromAsync({ length: commits }, async (_, i) => toFrame(await repo.commit(post(1000 + i))))
  const didKey = repo.key.did()
  const ours = () => {
    const key = readSigningKey(didKey)
    for (const frame of frames) {
      const reading = readFirehoseFrame(frame, () => true)
      if (reading.kind !== 'ops' || !reading.claim || reading.ops.length !== 1) throw new Error('not read')
      const { unsigned, signature } = checkCommit(reading.claim, () => true)
      if (!key || !isSignedBy(key, unsigned, signature)) throw new Error('not signed')
    }
  }
  const resolver = { did: { resolveAtprotoKey: async () => didKey } }
  const theirs = async () => {
    for (const frame of frames) {
      const event = decode(decodeFirst(frame)[1])
      const found = await parseCommitAuthenticated(resolver as never, event as never)
      if (found.length !== 1) throw new Error('not verified')
    }
  }
  await compare(
    'verifying every commit (k256)',
    [
      ['ours', ours],
      ['@atproto/sync', theirs],
    ],
    { rounds: 5, times: 2, each: commits },
  )
}
