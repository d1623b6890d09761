import { tidTime } from '../base/tid.ts'
import { type CarBlocks, isSameCid } from './car-blocks.ts'
import { type Mst, cidOfMst, findInMst, openMst, removeFromMst, setInMst } from './mst.ts'
import { type SignedCommit, readSignedCommit } from './signed-commit.ts'
import { getVerifiedBlock } from './verify-block.ts'
import { type Refusal, VerifyError } from './verify-reason.ts'

/** What a `#commit` or a `#sync` says, before it is believed. */
export type CommitClaim = {
  did: string
  rev: string
  blocks: () => CarBlocks
  /** Of a `#commit`: what it changed and from where. A `#sync` only names the repo's present. */
  change?: CommitChange
}

type CommitChange = {
  commit: Uint8Array | undefined
  since: string | undefined
  /** CID of the repo's tree before (sync 1.1). */
  prevData: Uint8Array | undefined
  ops: readonly ClaimedOp[]
}

/** `cid`: of the record now, `prev`: of the record before, each undefined where there is none. */
export type ClaimedOp = { path: string; cid: Uint8Array | undefined; prev: Uint8Array | undefined }

/** A commit that holds together. It is the owner's word once the signature was checked. */
export type CheckedCommit = SignedCommit & Pick<CommitChange, 'since' | 'prevData'>

/** A commit as far as it could be checked without the key of its repo. */
export type CommitToVerify = { did: string; rev: string } & ({ commit: CheckedCommit } | { refusal: Refusal })

/** A clock may be this far ahead of ours. */
const clockTolerance = 5 * 60_000

/**
 * All of a claim but the signature: the commit is its repo's and of its rev, the tree it signs holds the wanted ops, and
 * taking all ops back leads to the tree before, so none was left out. Throws VerifyError.
 */
export function checkCommit(claim: CommitClaim, isWanted: (path: string) => boolean, now = Date.now()): CheckedCommit {
  const blocks = readBlocks(claim)
  const { change } = claim
  const root = change?.commit ?? blocks.roots[0]
  if (!root) throw new VerifyError('block-missing', 'it names no commit')
  const commit = readSignedCommit(getVerifiedBlock(blocks, root, 'the commit'))
  assertOf(claim, commit)
  assertRev(commit.rev, change?.since, now)
  if (change) assertChange(openMst(blocks, commit.data), change, isWanted)
  return { ...commit, since: change?.since, prevData: change?.prevData && new Uint8Array(change.prevData) }
}

function readBlocks({ blocks }: CommitClaim): CarBlocks {
  try {
    return blocks()
  } catch {
    throw new VerifyError('car-unreadable', 'the blocks are no CAR')
  }
}

function assertOf({ did, rev }: CommitClaim, commit: SignedCommit): void {
  if (commit.did !== did) throw new VerifyError('did-mismatch', `the commit is of ${commit.did.slice(0, 100)}`)
  if (commit.rev !== rev) throw new VerifyError('rev-mismatch', `the commit is of ${commit.rev.slice(0, 100)}`)
}

function assertRev(rev: string, since: string | undefined, now: number): void {
  const time = tidTime(rev)
  if (!time) throw new VerifyError('rev-invalid', 'the rev is no TID')
  if (time.getTime() > now + clockTolerance) throw new VerifyError('rev-in-future', time.toISOString())
  if (since !== undefined && rev <= since)
    throw new VerifyError('rev-not-newer', `the one before is ${since.slice(0, 100)}`)
}

function assertChange(mst: Mst, { ops, prevData, since }: CommitChange, isWanted: (path: string) => boolean): void {
  for (const op of ops) if (isWanted(op.path)) assertIncluded(mst, op)
  if (!prevData && since !== undefined) throw new VerifyError('prev-data-missing', 'it names no tree before it')
  for (const op of ops.toReversed()) takeBack(mst, op)
  // The first commit of a repo has nothing before it.
  const isSame = prevData ? isSameCid(cidOfMst(mst), prevData) : mst.root === undefined
  if (!isSame) throw new VerifyError('inversion-failed', 'its ops do not lead from the tree before to this one')
}

function assertIncluded(mst: Mst, { path, cid }: ClaimedOp): void {
  const found = findInMst(mst, path)
  if (!cid && found) throw new VerifyError('cid-mismatch', `${path} is still in the tree`)
  if (cid && !found) throw new VerifyError('mst-proof-missing', `${path} is not in the tree`)
  if (cid && found && !isSameCid(cid, found))
    throw new VerifyError('cid-mismatch', `${path} has another CID in the tree`)
}

function takeBack(mst: Mst, { path, cid, prev }: ClaimedOp): void {
  const found = cid && !prev ? removeFromMst(mst, path) : findInMst(mst, path)
  const isAsTold = cid && found ? isSameCid(cid, found) : !cid && !found
  if (!isAsTold) throw new VerifyError('inversion-failed', `${path} is not in the tree as its op says`)
  if (!cid && !prev) throw new VerifyError('inversion-failed', `${path} was deleted and never there`)
  if (prev) setInMst(mst, path, prev)
}
