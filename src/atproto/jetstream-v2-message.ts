import { errorText } from '../base/errors.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import { toAccountStatus } from './account-status.ts'
import { isCalendarCollection } from './collections.ts'
import type { Op } from './record-op.ts'

/** What one frame of network.bsky.jetstream.subscribeEvents says. `op`: undefined where it is not for us. */
export type JetstreamV2Frame =
  | { kind: 'event'; seq: number; time: number | undefined; op?: Op }
  | { kind: 'info'; name: string; message: string }
  | { kind: 'error'; name: string; message: string }
  | { kind: 'unreadable'; op: Op }

/** Reads one frame of Jetstream v2 (XRPC subscription in JSON). Never throws. */
export function readJetstreamV2Frame(text: string): JetstreamV2Frame {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch (error) {
    return { kind: 'unreadable', op: bad('message-not-json', errorText(error), text) }
  }
  if (!isJsonObject(frame)) return unreadable('not an object', frame)
  if (frame['$type'] === 'error')
    return { kind: 'error', name: toText(frame['error']), message: toText(frame['message']) }
  const payload = frame['payload']
  if (frame['$type'] !== 'message' || !isJsonObject(payload)) return unreadable('neither a message nor an error', frame)
  const type = toText(payload['$type']).split('#')[1] ?? ''
  if (type === 'info') return { kind: 'info', name: toText(payload['name']), message: toText(payload['message']) }
  const seq = payload['seq']
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq)) return unreadable('seq is no whole number', frame)
  const at = Date.parse(toText(payload['time']))
  const op = readOp(type, payload, new Date(Number.isNaN(at) ? Date.now() : at))
  return { kind: 'event', seq, time: Number.isNaN(at) ? undefined : at * 1000, ...(op && { op }) }
}

function unreadable(error: string, raw: unknown): JetstreamV2Frame {
  return { kind: 'unreadable', op: bad('message-unreadable', error, raw) }
}

function readOp(type: string, payload: JsonObject, time: Date): Op | undefined {
  if (!['commit', 'identity', 'account', 'sync'].includes(type)) return undefined
  const { did } = payload
  if (typeof did !== 'string') return bad('message-unreadable', 'did is no text', payload)
  if (type === 'commit') return readCommit(did, payload)
  if (type === 'account')
    return { kind: type, did, status: toAccountStatus(payload['active'], payload['status']), time }
  if (type === 'sync') return { kind: type, did, rev: toText(payload['rev']), time }
  const handle = payload['handle']
  return { kind: 'identity', did, time, ...(typeof handle === 'string' && { handle }) }
}

function readCommit(did: string, payload: JsonObject): Op | undefined {
  const { collection, rkey, operation, rev, cid, record } = payload
  if (typeof collection !== 'string' || !isCalendarCollection(collection)) return undefined
  if (operation !== 'create' && operation !== 'update' && operation !== 'delete')
    return bad('message-unreadable', 'operation is none of create, update, delete', payload)
  if (typeof rkey !== 'string' || typeof rev !== 'string')
    return bad('message-unreadable', 'rkey or rev is no text', payload)
  const op = { kind: 'record', did, collection, rkey, action: operation, rev, verified: 'no', live: true } as const
  if (operation === 'delete') return op
  if (!isJsonObject(record)) return bad('record-missing', `a ${operation} without a record`, payload)
  return { ...op, record, ...(typeof cid === 'string' && { cid }) }
}

function bad(reason: string, error: string, raw: unknown): Op {
  return { kind: 'bad', reason, error, raw }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
