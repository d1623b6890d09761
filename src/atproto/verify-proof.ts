import { CidLinkWrapper, decode } from '@atcute/cbor'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import { type CarBlocks, readCarBlocks } from './car-blocks.ts'
import { type Mst, findInMst, listInMst, openMst } from './mst.ts'
import { type SignedCommit, readSignedCommit } from './signed-commit.ts'
import { getVerifiedBlock } from './verify-block.ts'
import { VerifyError } from './verify-reason.ts'

/** What a repo says of one record at `commit.rev`; once the signature was checked, in its owner's words. */
export type RecordProof = { commit: SignedCommit; found?: ProvedRecord }

type ProvedRecord = { cid: string; record: JsonObject }

/**
 * Reads the answer of com.atproto.sync.getRecord: a commit, and the way through its tree to where the record is, or would
 * be (`found` is undefined: the tree proves that it is not there). All but the signature. Throws VerifyError.
 */
export function checkProof(car: Uint8Array, did: string, path: string): RecordProof {
  const { blocks, commit, mst } = openRepo(car, did)
  const cid = findInMst(mst, path)
  return cid ? { commit, found: toRecord(blocks, cid) } : { commit }
}

export type RepoProof = { commit: SignedCommit; records: ({ path: string } & ProvedRecord)[] }

/**
 * All records of a collection (or of several that begin alike) out of a whole repo, the answer of com.atproto.sync.getRepo,
 * with the proof that there are no others. Only they and the way to them are read. All but the signature. Throws VerifyError.
 */
export function checkRepo(car: Uint8Array, did: string, prefix: string): RepoProof {
  const { blocks, commit, mst } = openRepo(car, did)
  const keys = [...listInMst(mst, prefix, `${prefix}\uffff`)]
  return { commit, records: keys.map(([path, cid]) => ({ path, ...toRecord(blocks, cid) })) }
}

function openRepo(car: Uint8Array, did: string): { blocks: CarBlocks; commit: SignedCommit; mst: Mst } {
  const blocks = readProof(car)
  const root = blocks.roots[0]
  if (!root) throw new VerifyError('block-missing', 'it names no commit')
  const commit = readSignedCommit(getVerifiedBlock(blocks, root, 'the commit'))
  if (commit.did !== did) throw new VerifyError('did-mismatch', `the commit is of ${commit.did.slice(0, 100)}`)
  return { blocks, commit, mst: openMst(blocks, commit.data) }
}

function toRecord(blocks: CarBlocks, cid: Uint8Array): ProvedRecord {
  return { cid: new CidLinkWrapper(cid).$link, record: readRecord(blocks, cid) }
}

function readProof(car: Uint8Array): CarBlocks {
  try {
    return readCarBlocks(car)
  } catch {
    throw new VerifyError('car-unreadable', 'the proof is no CAR')
  }
}

function readRecord(blocks: CarBlocks, cid: Uint8Array): JsonObject {
  const block = getVerifiedBlock(blocks, cid, 'the record')
  let record: unknown
  try {
    record = JSON.parse(JSON.stringify(decode(block)))
  } catch {
    throw new VerifyError('block-unreadable', 'the record is no CBOR')
  }
  if (!isJsonObject(record)) throw new VerifyError('block-unreadable', 'the record is no map')
  return record
}
