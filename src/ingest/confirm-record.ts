import type { Identities } from '../atproto/identity.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import type { SignatureCheck } from '../atproto/verify-keys.ts'
import { type RecordProof, checkProof } from '../atproto/verify-proof.ts'
import { VerifyError } from '../atproto/verify-reason.ts'
import { recordCid } from '../records/record-cid.ts'
import type { Asker } from './ask-pds.ts'
import { askProof } from './ask-proof.ts'
import { type Unproved, markProved } from './confirm-store.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch.ts'

export type ConfirmDeps = DispatchDeps &
  Asker & {
    identities: Pick<Identities, 'resolveDid'>
    check: SignatureCheck
  }

/**
 * What became of a version. `proved`: it is its author's word. `replaced`, `gone`: the author's word is another, and was
 * taken in instead. `moved`: another version came meanwhile.
 */
export type Confirmed = 'proved' | 'replaced' | 'gone' | 'moved'

/**
 * Asks the author's PDS to prove a version that came unsigned. What it proves instead is taken in like any op; what it does
 * not prove changes nothing. Throws VerifyError where the proof is none, ProofUnknownError, and the errors of the asking.
 */
export async function confirmRecord(deps: ConfirmDeps, version: Unproved): Promise<Confirmed> {
  const { did, collection, rkey } = version
  const { pdsUrl } = await deps.identities.resolveDid(did)
  if (pdsUrl === null) throw new ProofUnknownError('the DID document names no server')
  const car = await askProof(deps, pdsUrl, { did, collection, rkey })
  const proof = checkProof(car, did, `${collection}/${rkey}`)
  const answer = await deps.check(proof.commit)
  if (answer === 'unknown') throw new ProofUnknownError('nobody could name the key of the repo')
  if (answer !== 'valid') throw new VerifyError(answer.reason, answer.error)
  if (proof.found?.cid === version.cid && (await isWhatItSays(version)))
    return (await markProved(deps.db, version)) ? 'proved' : 'moved'
  // The host may be behind its own firehose, or a mirror of it.
  if (proof.commit.rev < version.rev) throw new ProofUnknownError('the host proves an older state of the repo')
  await dispatchBatch({ ...deps, again: true }, 'proof', { messages: [{ cursor: 0, op: toOp(version, proof) }] })
  return proof.found ? 'replaced' : 'gone'
}

/** It says nothing against the version, and may be known later. */
export class ProofUnknownError extends Error {
  override readonly name = 'ProofUnknownError'
}

/** A source may send any record along with a right CID. */
async function isWhatItSays({ cid, value }: Unproved): Promise<boolean> {
  try {
    return (await recordCid(value)) === cid
  } catch {
    return false
  }
}

// The rev of the commit is not the version's own but not older: what comes later has a later one.
function toOp({ did, collection, rkey }: Unproved, { commit: { rev }, found }: RecordProof): RecordOp {
  const base = { kind: 'record', did, collection, rkey, rev, verified: 'proof', live: false } as const
  return found ? { ...base, action: 'update', ...found } : { ...base, action: 'delete' }
}
