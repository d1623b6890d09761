import { BytesWrapper, CidLinkWrapper, decode, decodeFirst } from '@atcute/cbor'
import { errorText } from '../base/errors.ts'
import { isJsonObject } from '../base/json.ts'
import { toAccountStatus } from './account-status.ts'
import { type CarBlocks, findBlock, readCarBlocks } from './car-blocks.ts'
import { isCalendarCollection } from './collections.ts'
import type { Op } from './record-op.ts'
import type { ClaimedOp, CommitClaim } from './verify-commit.ts'

/** What one frame of com.atproto.sync.subscribeRepos says. Frames without a seq are about the stream itself. */
export type FirehoseFrame =
  | { kind: 'ops'; seq: number; ops: Op[]; claim?: CommitClaim }
  | { kind: 'info' | 'error'; name: string; message: string }
  | { kind: 'unreadable'; error: string }

/** Which collections' ops are wanted. */
export type CollectionFilter = (collection: string) => boolean

/** Reads one frame. Never throws. Records are checked against their CID, not against the commit's signature. */
export function readFirehoseFrame(frame: Buffer, isWanted: CollectionFilter = isCalendarCollection): FirehoseFrame {
  try {
    const [header, rest] = decodeFirst(frame) as [unknown, Uint8Array]
    const body: unknown = decode(rest)
    if (!isMap(header) || !isMap(body)) return { kind: 'unreadable', error: 'not a header and a body' }
    if (header['op'] === -1) return { kind: 'error', name: text(body['error']), message: text(body['message']) }
    if (header['t'] === '#info') return { kind: 'info', name: text(body['name']), message: text(body['message']) }
    const seq = body['seq']
    if (typeof seq !== 'number') return { kind: 'unreadable', error: `a frame ${text(header['t'])} without seq` }
    const commit = toCommit(body)
    const ops = readOps(header['t'], { body, commit }, isWanted)
    const claim = ops.length > 0 && toClaim(header['t'], { body, commit })
    return { kind: 'ops', seq, ops, ...(claim && { claim }) }
  } catch (error) {
    return { kind: 'unreadable', error: errorText(error) }
  }
}

type CborMap = { [key: string]: unknown }

function isMap(value: unknown): value is CborMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

type Commit = { did: string; rev: string; blocks: () => CarBlocks }
type Told = { body: CborMap; commit: Commit }

/** The repo, its rev and its blocks, which are read only where they are needed. */
function toCommit(body: CborMap): Commit {
  const bytes = body['blocks']
  let blocks: CarBlocks | undefined
  return {
    did: text(body['repo'] ?? body['did']),
    rev: text(body['rev']),
    blocks: () => (blocks ??= readCarBlocks(bytes instanceof BytesWrapper ? bytes.buf : new Uint8Array())),
  }
}

function readOps(type: unknown, { body, commit }: Told, isWanted: CollectionFilter): Op[] {
  if (type === '#commit') return readCommit(listOps(body), commit, isWanted)
  const did = text(body['did'])
  const time = new Date(text(body['time']))
  if (!did || Number.isNaN(time.getTime())) return []
  if (type === '#account')
    return [{ kind: 'account', did, status: toAccountStatus(body['active'], body['status']), time }]
  if (type === '#sync') return [{ kind: 'sync', did, rev: text(body['rev']), time }]
  if (type !== '#identity') return []
  const handle = body['handle']
  return [{ kind: 'identity', did, time, ...(typeof handle === 'string' && { handle }) }]
}

/** What can be checked by the signature of the repo's owner. */
function toClaim(type: unknown, { body, commit }: Told): CommitClaim | undefined {
  if (type === '#sync') return commit
  if (type !== '#commit') return undefined
  const ops: ClaimedOp[] = listOps(body).map((op) => ({
    path: text(op['path']),
    cid: toCid(op['cid']),
    prev: toCid(op['prev']),
  }))
  const since = typeof body['since'] === 'string' ? body['since'] : undefined
  return { ...commit, change: { commit: toCid(body['commit']), since, prevData: toCid(body['prevData']), ops } }
}

function toCid(link: unknown): Uint8Array | undefined {
  return link instanceof CidLinkWrapper ? link.bytes : undefined
}

function listOps(body: CborMap): CborMap[] {
  return Array.isArray(body['ops']) ? (body['ops'] as unknown[]).filter(isMap) : []
}

function readCommit(ops: readonly CborMap[], commit: Commit, isWanted: CollectionFilter): Op[] {
  return ops.flatMap((op) => {
    const [collection = '', rkey = ''] = text(op['path']).split('/')
    return isWanted(collection) ? readCommitOp(commit, op, { collection, rkey }) : []
  })
}

function readCommitOp(commit: Commit, op: CborMap, { collection, rkey }: { collection: string; rkey: string }): Op {
  const { did, rev } = commit
  const address = { kind: 'record', did, rev, collection, rkey, verified: 'no', live: true } as const
  const { action, cid } = op
  if (action === 'delete') return { ...address, action }
  const raw = {
    did,
    rev,
    collection,
    rkey,
    action: text(action),
    cid: cid instanceof CidLinkWrapper ? cid.$link : null,
  }
  if (action !== 'create' && action !== 'update') return bad('message-unreadable', 'an op of unknown action', raw)
  try {
    if (!(cid instanceof CidLinkWrapper)) return bad('record-missing', `a ${action} without a CID`, raw)
    const block = findBlock(commit.blocks(), cid.bytes)
    if (!block) return bad('record-missing', 'the commit does not hold the record', raw)
    const record = toJson(decode(block))
    return isJsonObject(record)
      ? { ...address, action, cid: cid.$link, record }
      : bad('record-missing', 'no object', raw)
  } catch (error) {
    return bad('record-unreadable', errorText(error), raw)
  }
}

function bad(reason: string, error: string, raw: unknown): Op {
  return { kind: 'bad', reason, error, raw }
}

/** The JSON form of a decoded value (atproto data model): links and bytes become `{$link}` and `{$bytes}`. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
