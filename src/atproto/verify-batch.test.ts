import { describe, expect, test } from 'vitest'
import { newDid } from '../../testkit/calendar-ops.ts'
import { withCommit } from '../../testkit/forged-frames.ts'
import { type FrameParts, SignedRepo, newKey, toFrame } from '../../testkit/signed-frames.ts'
import { eventCollection } from './collections.ts'
import { readFirehoseFrame } from './firehose-frame.ts'
import type { Identity } from './identity.ts'
import { IdentityError } from './identity-error.ts'
import type { SourceMessage } from './record-op.ts'
import { createVerifier } from './verify-batch.ts'
import { type CommitToVerify, checkCommit } from './verify-commit.ts'
import { createSignatureCheck } from './verify-keys.ts'
import { toRefusal } from './verify-reason.ts'

const event = (rkey: string, name = rkey) => ({ collection: eventCollection, rkey, record: { name } })

/** A PLC directory, and a store in front of it that knows what it was told at first. */
class Directory {
  readonly keys = new Map<string, string>()
  readonly fetched: string[] = []
  isAway = false
  delayMs = 0
  readonly #stored = new Map<string, Identity>()

  /** As if it had been read an hour ago. */
  know(did: string): void {
    this.#stored.set(did, this.#toIdentity(did, new Date(Date.now() - 3600_000)))
  }

  async resolveDid(did: string, { fresh = false } = {}): Promise<Identity> {
    const stored = this.#stored.get(did)
    if (stored && !fresh) return stored
    this.fetched.push(did)
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs))
    if (this.isAway) throw new IdentityError('unavailable', 'the directory is away')
    if (!this.keys.has(did)) throw new IdentityError('not-found', 'no such DID')
    const identity = this.#toIdentity(did, new Date())
    this.#stored.set(did, identity)
    return identity
  }

  #toIdentity(did: string, resolvedAt: Date): Identity {
    return { did, handle: null, pdsUrl: null, signingKey: this.keys.get(did) ?? null, didDoc: { id: did }, resolvedAt }
  }
}

async function setUp({ isKnown = true } = {}) {
  const directory = new Directory()
  const repo = await SignedRepo.create()
  directory.keys.set(repo.did, repo.key.did())
  if (isKnown) directory.know(repo.did)
  const counted: number[] = []
  const verify = createVerifier(createSignatureCheck(directory, { waitMs: 50, freshMs: 10_000 }), (n) =>
    counted.push(n),
  )
  const take = async (...frames: FrameParts[]) => {
    const messages = frames.flatMap((parts) => toMessages(toFrame(parts)))
    const { messages: told, notices } = await verify({ messages, cursor: 0, host: '', notices: [] })
    const ops = told.map(({ op }) => (op.kind === 'record' ? op.verified : op.kind === 'bad' ? op.reason : op.kind))
    return { ops, notices: notices.map(({ reason, did }) => [reason, did]), told }
  }
  return { directory, repo, take, counted }
}

/** As the firehose source hands them over. */
function toMessages(frame: Buffer): SourceMessage[] {
  const reading = readFirehoseFrame(frame)
  if (reading.kind !== 'ops') throw new Error(reading.kind)
  const { seq, ops, claim } = reading
  if (!claim) return ops.map((op) => ({ cursor: seq, op }))
  const { did, rev } = claim
  const checked = toRefusal(() => checkCommit(claim, (path) => path.startsWith('community.')))
  const commit: CommitToVerify =
    'value' in checked ? { did, rev, commit: checked.value } : { did, rev, refusal: checked.refusal }
  return ops.map((op) => ({ cursor: seq, op, commit }))
}

describe('ops of a firehose', () => {
  test('are verified by their commit, and those of a refused one are put aside without their record', async () => {
    const { repo, take, counted } = await setUp()
    const good = await repo.commit(event('a'), event('b'))
    const forged = await withCommit(await repo.commit(event('c')), () => {}, await newKey('k256'))
    const { ops, notices, told } = await take(good, forged)
    expect(ops).toEqual(['commit', 'commit', 'signature-invalid'])
    expect(notices).toEqual([['commit-refused', repo.did]])
    expect(counted).toEqual([2])
    const { raw } = (told[2] as { op: unknown }).op as { raw: object }
    expect(raw).toMatchObject({ did: repo.did, collection: eventCollection, rkey: 'c', action: 'create' })
    expect(raw).not.toHaveProperty('kind')
    expect(raw).not.toHaveProperty('record')
  })

  test('whose commit leaves one out are refused, and the repo is read anew', async () => {
    const { repo, take } = await setUp()
    const parts = await repo.commit(event('a'), event('b'))
    const [first] = parts.body['ops'] as object[]
    const { ops, notices } = await take({ ...parts, body: { ...parts.body, ops: [first] } })
    expect(ops).toEqual(['inversion-failed'])
    expect(notices).toEqual([['commit-refused', repo.did]])
  })

  test('a #sync is believed only from the owner of the repo', async () => {
    const { repo, take } = await setUp()
    await repo.commit(event('a'))
    expect(await take(await repo.sync())).toMatchObject({ ops: ['sync'], notices: [] })
    const forged = await withCommit(await repo.sync(), () => {}, await newKey('k256'))
    expect((await take(forged)).ops).toEqual(['signature-invalid'])
  })

  test('that come again are believed again; another commit of the same rev is not', async () => {
    const { repo, take } = await setUp()
    const first = await repo.commit(event('a'))
    const second = await repo.commit(event('b'))
    expect((await take(first, second, first, second)).ops).toEqual(['commit', 'commit', 'commit', 'commit'])
    const other = await withCommit(
      await repo.commit(event('d')),
      (commit) => (commit.rev = String(second.body['rev'])),
      repo.key,
    )
    const told = { ...other, body: { ...other.body, rev: second.body['rev'], since: first.body['rev'] } }
    expect(await take(told)).toMatchObject({ ops: ['rev-not-newer'], notices: [['commit-refused', repo.did]] })
  })

  test('that do not follow what was seen before name their repo, and are believed', async () => {
    const { repo, take } = await setUp()
    await take(await repo.commit(event('a')))
    const skipped = await repo.commit(event('b'))
    const after = await repo.commit(event('c'))
    // Its predecessor was not shown: that may have been a commit without calendar ops.
    expect(await take(after)).toMatchObject({ ops: ['commit'], notices: [] })
    const forked = await repo.commit(event('d'))
    const told = { ...forked, body: { ...forked.body, since: skipped.body['rev'] } }
    expect(await take(told)).toMatchObject({ ops: ['commit'], notices: [['repo-diverged', repo.did]] })
  })
})

describe('the key of a repo', () => {
  test('that was changed is read again once, however many commits wait', async () => {
    const { directory, repo, take } = await setUp()
    repo.key = await newKey('p256')
    directory.keys.set(repo.did, repo.key.did())
    const frames = await Array.fromAsync({ length: 20 }, (_, i) => repo.commit(event(`e${i}`)))
    const { ops } = await take(...frames)
    expect(new Set(ops)).toEqual(new Set(['commit']))
    expect(directory.fetched).toEqual([repo.did])
  })

  test('is not asked for again by each of many forged commits', async () => {
    const { directory, repo, take } = await setUp()
    const stranger = await newKey('k256')
    const frames = await Array.fromAsync({ length: 20 }, async (_, i) =>
      withCommit(await repo.commit(event(`e${i}`)), () => {}, stranger),
    )
    expect(new Set((await take(...frames)).ops)).toEqual(new Set(['signature-invalid']))
    expect(directory.fetched).toEqual([repo.did])
  })

  test('that nobody can name just now costs no op: it goes on unverified', async () => {
    const { directory, repo, take, counted } = await setUp({ isKnown: false })
    directory.isAway = true
    expect(await take(await repo.commit(event('a')))).toMatchObject({ ops: ['no'], notices: [] })
    directory.isAway = false
    directory.delayMs = 200
    expect((await take(await repo.commit(event('b')))).ops).toEqual(['no'])
    expect(counted).toEqual([0, 0])
  })

  test('of a DID that does not exist, or that names none, is a reason', async () => {
    const { directory, repo, take } = await setUp({ isKnown: false })
    directory.keys.delete(repo.did)
    expect((await take(await repo.commit(event('a')))).ops).toEqual(['key-missing'])
    const other = await SignedRepo.create({ did: newDid() })
    directory.keys.set(other.did, 'did:key:zNothing')
    expect((await take(await other.commit(event('a')))).ops).toEqual(['key-missing'])
  })
})
