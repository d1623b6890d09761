import { errorText } from '../base/errors.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import { isCalendarCollection } from './collections.ts'
import { toAccountStatus } from './account-status.ts'
import type { Op } from './record-op.ts'

/** `time`: the message's cursor (microseconds), undefined where it has none. `op`: undefined where it is not for us. */
export type JetstreamMessage = { time?: number; op?: Op }

/** Reads one message of Jetstream v1. Never throws: what should be ours and cannot be read becomes a bad op. */
export function readJetstreamMessage(text: string): JetstreamMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch (error) {
    return { op: { kind: 'bad', reason: 'message-not-json', error: errorText(error), raw: text } }
  }
  if (!isJsonObject(message)) return { op: bad('message-unreadable', 'not an object', message) }
  const time = message['time_us']
  if (typeof time !== 'number' || !Number.isSafeInteger(time)) {
    return { op: bad('message-unreadable', 'time_us is no whole number', message) }
  }
  const op = readOp(message, new Date(time / 1000))
  return op ? { time, op } : { time }
}

function readOp(message: JsonObject, time: Date): Op | undefined {
  const { did, kind } = message
  if (kind !== 'commit' && kind !== 'identity' && kind !== 'account') return undefined
  if (typeof did !== 'string') return bad('message-unreadable', 'did is no text', message)
  const body = message[kind]
  if (!isJsonObject(body)) return bad('message-unreadable', `${kind} is no object`, message)
  if (kind === 'commit') return readCommit(did, body, message)
  const at = toInstant(body['time']) ?? time
  if (kind === 'account') return { kind, did, status: toAccountStatus(body['active'], body['status']), time: at }
  const handle = body['handle']
  return { kind, did, time: at, ...(typeof handle === 'string' && { handle }) }
}

function readCommit(did: string, commit: JsonObject, message: JsonObject): Op | undefined {
  const { collection, rkey, operation, rev, cid, record } = commit
  if (typeof collection !== 'string' || !isCalendarCollection(collection)) return undefined
  if (operation !== 'create' && operation !== 'update' && operation !== 'delete') {
    return bad('message-unreadable', 'operation is none of create, update, delete', message)
  }
  if (typeof rkey !== 'string' || typeof rev !== 'string')
    return bad('message-unreadable', 'rkey or rev is no text', message)
  const op = { kind: 'record', did, collection, rkey, action: operation, rev, verified: 'no', live: true } as const
  if (operation === 'delete') return op
  if (!isJsonObject(record)) return bad('record-missing', `a ${operation} without a record`, message)
  return { ...op, record, ...(typeof cid === 'string' && { cid }) }
}

function bad(reason: string, error: string, raw: unknown): Op {
  return { kind: 'bad', reason, error, raw }
}

function toInstant(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}
