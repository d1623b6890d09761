import { BytesWrapper, CidLinkWrapper, encode } from '@atcute/cbor'
import { describe, expect, test } from 'vitest'
import { newDid } from '../../testkit/calendar-ops.ts'
import { sectionsOf, withCommit, withSections } from '../../testkit/forged-frames.ts'
import { type FrameOp, type FrameParts, SignedRepo, newKey, toFrame } from '../../testkit/signed-frames.ts'
import { encodeTid } from '../base/tid.ts'
import { toCid } from './car-blocks.ts'
import { eventCollection } from './collections.ts'
import { readFirehoseFrame } from './firehose-frame.ts'
import { checkCommit } from './verify-commit.ts'
import { VerifyError } from './verify-reason.ts'
import { isSignedBy, readSigningKey } from './verify-signature.ts'

const isCalendar = (path: string) => path.startsWith('community.lexicon.calendar.')
const event = (rkey: string, name = rkey) => ({
  collection: eventCollection,
  rkey,
  record: { $type: eventCollection, name },
})
const post = (rkey: string) => ({ collection: 'app.bsky.feed.post', rkey, record: { text: rkey } })
const gone = (rkey: string) => ({ collection: eventCollection, rkey })

/** What the verification says of a frame: `ok` or the reason. */
function judge(parts: FrameParts, didKey: string): string {
  const reading = readFirehoseFrame(toFrame(parts))
  if (reading.kind !== 'ops' || !reading.claim) return reading.kind
  try {
    const { unsigned, signature } = checkCommit(reading.claim, isCalendar)
    const key = readSigningKey(didKey)
    return key && isSignedBy(key, unsigned, signature) ? 'ok' : 'signature-invalid'
  } catch (error) {
    if (error instanceof VerifyError) return error.reason
    throw error
  }
}

const isFirst = ({ rkey }: { rkey: string }, i: number, all: { rkey: string }[]) =>
  all.findIndex((one) => one.rkey === rkey) === i

/** A repo of some size, so that its tree has several layers. */
async function bigRepo(curve: 'k256' | 'p256' = 'k256'): Promise<SignedRepo> {
  const repo = await SignedRepo.create({ curve })
  for (let i = 0; i < 4; i++)
    await repo.commit(...Array.from({ length: 30 }, (_, n) => (n % 3 ? post : event)(`a${i}x${n}`)))
  return repo
}

const opsOf = ({ body }: FrameParts) => body['ops'] as FrameOp[]
const withOps = (parts: FrameParts, ops: FrameOp[]): FrameParts => ({ ...parts, body: { ...parts.body, ops } })

describe.each(['k256', 'p256'] as const)('a repo signed with %s', (curve) => {
  test('is believed, whatever its commits create, change and delete', async () => {
    const repo = await bigRepo(curve)
    const told = [
      await repo.commit(event('one')),
      await repo.commit(event('one', 'changed'), post('p'), event('two')),
      await repo.commit(gone('a0x3'), event('three'), gone('one')),
      await repo.commit(
        ...Array.from({ length: 36 }, (_, n) => gone(`a${n % 4}x${6 + 3 * Math.floor(n / 6)}`)).filter(isFirst),
      ),
      await repo.commit(gone('two')),
      await repo.sync(),
    ]
    for (const parts of told) expect(judge(parts, repo.key.did())).toBe('ok')
  })

  test('is not believed with another key, nor with the other form of the same signature', async () => {
    const repo = await bigRepo(curve)
    const parts = await repo.commit(event('one'))
    expect(judge(parts, (await newKey(curve)).did())).toBe('signature-invalid')
    const order = BigInt(
      curve === 'k256'
        ? '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
        : '0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    )
    const highS = await withCommit(parts, (commit) => {
      const signature = Buffer.from(commit.sig.buf)
      const s = order - BigInt(`0x${signature.toString('hex', 32)}`)
      signature.write(s.toString(16).padStart(64, '0'), 32, 'hex')
      commit.sig = new BytesWrapper(signature)
    })
    expect(judge(highS, repo.key.did())).toBe('signature-invalid')
    expect(judge(await withCommit(parts, () => {}), repo.key.did())).toBe('ok')
  })
})

describe('a commit is refused', () => {
  test('that its owner did not sign as it is', async () => {
    const repo = await bigRepo()
    const parts = await repo.commit(event('one'))
    const key = repo.key.did()
    const stranger = await newKey('k256')
    expect(judge(await withCommit(parts, () => {}, stranger), key)).toBe('signature-invalid')
    const later = encodeTid(Date.now() * 1000 + 1_000_000, 0)
    const moved = await withCommit(parts, (commit) => (commit.rev = later))
    expect(judge({ ...moved, body: { ...moved.body, rev: later } }, key)).toBe('signature-invalid')
    const cut = await withCommit(parts, (commit) => (commit.sig = new BytesWrapper(commit.sig.buf.subarray(0, 63))))
    expect(judge(cut, key)).toBe('signature-invalid')
  })

  test('that is told as another repo’s, or under another rev', async () => {
    const repo = await bigRepo()
    const parts = await repo.commit(event('one'))
    const key = repo.key.did()
    expect(judge({ ...parts, body: { ...parts.body, repo: newDid() } }, key)).toBe('did-mismatch')
    expect(judge({ ...parts, body: { ...parts.body, rev: encodeTid(1_700_000_000_000_000, 1) } }, key)).toBe(
      'rev-mismatch',
    )
    const sync = await repo.sync()
    expect(judge({ ...sync, body: { ...sync.body, did: newDid() } }, key)).toBe('did-mismatch')
  })

  test('whose rev is none, lies in the future or is not newer than the one before', async () => {
    const repo = await bigRepo()
    const parts = await repo.commit(event('one'))
    const told = async (rev: string) => {
      const signed = await withCommit(parts, (commit) => (commit.rev = rev), repo.key)
      return judge({ ...signed, body: { ...signed.body, rev } }, repo.key.did())
    }
    expect(await told('zzz')).toBe('rev-invalid')
    expect(await told(encodeTid((Date.now() + 600_000) * 1000, 0))).toBe('rev-in-future')
    expect(await told(encodeTid((Date.now() + 200_000) * 1000, 0))).toBe('ok')
    expect(await told(String(parts.body['since']))).toBe('rev-not-newer')
  })

  test('whose tree does not hold what its ops say', async () => {
    const repo = await bigRepo()
    const parts = await repo.commit(event('one'), gone('a0x3'))
    const key = repo.key.did()
    const [made, deleted] = opsOf(parts) as [FrameOp, FrameOp]
    const path = (rkey: string) => `${eventCollection}/${rkey}`
    expect(judge(withOps(parts, [{ ...made, path: path('another') }, deleted]), key)).toBe('mst-proof-missing')
    // The record is in the frame and in the tree, under another key.
    const second = await repo.commit(event('two'), event('three', 'x'))
    const [two, three] = opsOf(second) as [FrameOp, FrameOp]
    expect(judge(withOps(second, [{ ...two, cid: three.cid }, three]), key)).toBe('cid-mismatch')
    expect(judge(withOps(second, [{ ...two, action: 'delete', cid: null }, three]), key)).toBe('cid-mismatch')
  })

  test('that leaves out, doubles or makes up an op', async () => {
    const repo = await bigRepo()
    const key = repo.key.did()
    const parts = await repo.commit(event('one'), post('p'), gone('a1x3'), event('a1x6', 'changed'))
    const ops = opsOf(parts)
    expect(judge(parts, key)).toBe('ok')
    for (const i of ops.keys()) {
      const rest = ops.toSpliced(i, 1)
      expect(judge(withOps(parts, rest), key)).toBe('inversion-failed')
    }
    expect(judge(withOps(parts, [...ops, ops[0] as FrameOp]), key)).toBe('inversion-failed')
    const never: FrameOp = { action: 'delete', path: `${eventCollection}/never`, cid: null }
    expect(judge(withOps(parts, [...ops, never]), key)).toBe('inversion-failed')
    const { prevData: _, ...body } = parts.body
    expect(judge({ ...parts, body }, key)).toBe('prev-data-missing')
    const elsewhere = new CidLinkWrapper((ops[0] as FrameOp).cid?.bytes ?? new Uint8Array())
    expect(judge({ ...parts, body: { ...parts.body, prevData: elsewhere } }, key)).toBe('inversion-failed')
  })

  test('of which a block that is needed is missing or was changed', async () => {
    const repo = await bigRepo()
    const key = repo.key.did()
    const parts = await repo.commit(event('one'), gone('a2x9'))
    const sections = sectionsOf(parts)
    const without = sections.map((_, i) => judge(withSections(parts, sections.toSpliced(i, 1)), key))
    const changed = sections.map(({ cid, block }, i) => {
      const other = Uint8Array.from(block, (byte, at) => (at === block.length - 1 ? byte ^ 1 : byte))
      return judge(withSections(parts, sections.with(i, { cid, block: other })), key)
    })
    // The record is looked at when it is read, and a proof may hold a node more than this check needs.
    const ofNeeded = (answers: string[]) => answers.filter((answer) => answer !== 'ok')
    expect(ofNeeded(without).length).toBeGreaterThan(sections.length / 2)
    expect(new Set(ofNeeded(without))).toEqual(new Set(['block-missing']))
    expect(ofNeeded(changed)).toEqual(ofNeeded(without).map(() => 'block-unreadable'))
    expect(changed.map((answer) => answer === 'ok')).toEqual(without.map((answer) => answer === 'ok'))
  })

  test('that was cut off', async () => {
    const repo = await bigRepo()
    const parts = await repo.commit(event('one'))
    const { buf } = parts.body['blocks'] as BytesWrapper
    for (let length = 0; length < buf.length; length += 13) {
      const cut = { ...parts, body: { ...parts.body, blocks: new BytesWrapper(buf.subarray(0, length)) } }
      expect(judge(cut, repo.key.did())).toMatch(/^(car-unreadable|block-missing)$/)
    }
  })

  test('whose tree is a chain of nodes without end', async () => {
    const repo = await SignedRepo.create()
    const parts = await repo.commit(event('one'))
    let cid = new CidLinkWrapper(sectionsOf(parts)[0]?.cid ?? new Uint8Array())
    const sections = Array.from({ length: 20_000 }, () => {
      const block = encode({ e: [], l: cid })
      const section = { cid: toCid(block), block }
      cid = new CidLinkWrapper(section.cid)
      return section
    })
    const key = Buffer.from(`${eventCollection}/zzz`)
    const [op] = opsOf(parts) as [FrameOp]
    const top = encode({ e: [{ k: new BytesWrapper(key), p: 0, t: null, v: op.cid }], l: cid })
    sections.push({ cid: toCid(top), block: top })
    const all = withSections(parts, [...sectionsOf(parts), ...sections])
    const deep = await withCommit(all, (commit) => (commit.data = new CidLinkWrapper(toCid(top))), repo.key)
    expect(judge(deep, repo.key.did())).toBe('block-unreadable')
  })
})
