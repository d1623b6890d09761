import { errorText } from '../base/errors.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import { toAccountStatus } from './account-status.ts'
import { isCalendarCollection } from './collections.ts'
import type { Op, RecordOp } from './record-op.ts'

/** What one message of Tap says. `ops` is empty where it is not for us: it must be acknowledged all the same. */
export type TapMessage = { id: number | undefined; ops: Op[] }

/** Reads one message of Tap's channel. Never throws. */
export function readTapMessage(text: string, now = new Date()): TapMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch (error) {
    return { id: undefined, ops: [bad('message-not-json', errorText(error), text)] }
  }
  if (!isJsonObject(message)) return { id: undefined, ops: [bad('message-unreadable', 'not an object', message)] }
  const id = message['id']
  if (typeof id !== 'number' || !Number.isSafeInteger(id))
    return { id: undefined, ops: [bad('message-unreadable', 'id is no whole number', message)] }
  return { id, ops: readOps(message, now) }
}

function readOps(message: JsonObject, now: Date): Op[] {
  const { type } = message
  if (type === 'record') return readRecord(message['record'], message, now)
  if (type !== 'identity') return []
  const identity = message['identity']
  if (!isJsonObject(identity) || typeof identity['did'] !== 'string')
    return [bad('message-unreadable', 'identity names no did', message)]
  const { did, handle, is_active: active, status } = identity
  return [
    { kind: 'identity', did, time: now, ...(typeof handle === 'string' && handle !== '' && { handle }) },
    { kind: 'account', did, status: toAccountStatus(active, status), time: now },
  ]
}

function readRecord(body: unknown, message: JsonObject, now: Date): Op[] {
  if (!isJsonObject(body)) return [bad('message-unreadable', 'record is no object', message)]
  const { did, collection, rkey, action, rev, live } = body
  if (typeof collection !== 'string' || !isCalendarCollection(collection)) return []
  if (typeof did !== 'string' || typeof rkey !== 'string' || typeof rev !== 'string')
    return [bad('message-unreadable', 'did, rkey or rev is no text', message)]
  if (action !== 'create' && action !== 'update' && action !== 'delete')
    return [bad('message-unreadable', 'action is none of create, update, delete', message)]
  return toOps({ kind: 'record', did, collection, rkey, action, rev, verified: 'no', live: live === true }, body, now)
}

/** Tap leaves out a record that it cannot read itself: it must be fetched. */
function toOps(op: RecordOp, { cid, record }: JsonObject, time: Date): Op[] {
  if (op.action === 'delete') return [op]
  const { did, rev } = op
  if (!isJsonObject(record)) return [{ kind: 'sync', did, rev, time, reason: 'record-left-out' }]
  return [{ ...op, record, ...(typeof cid === 'string' && { cid }) }]
}

function bad(reason: string, error: string, raw: unknown): Op {
  return { kind: 'bad', reason, error, raw }
}
