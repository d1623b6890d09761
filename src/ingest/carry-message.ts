import { z } from 'zod'
import { toAccountStatus } from '../atproto/account-status.ts'
import type { Op, RecordOp, SourceMessage } from '../atproto/record-op.ts'
import { errorText } from '../base/errors.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'

/** Of the message's form: docs/messages.md. It grows when a reader of the last one could no longer understand it. */
export const messageVersion = 1

// Also of years beyond 9999, which a stranger may write.
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'no time')
const envelope = {
  v: z.literal(messageVersion),
  source: z.string().describe('key of the cursor it counts for, such as jetstream or firehose:relay.example'),
  seq: z.int().describe('place in the source’s stream: microseconds of Jetstream v1, seq of a firehose'),
  host: z.string().describe('the source’s host it came from'),
  live: z.boolean().describe('false for what is told again: it notifies nobody'),
  did: z.string().describe('the repo; empty where an unreadable message names none'),
  time_us: z.int().describe('when it was read from the source, microseconds since 1970'),
}
const record = z.custom<JsonObject>(isJsonObject, 'not an object')

/** What travels over RabbitMQ: an op with its place in its source, in the shape of a Jetstream message. */
export const carriedMessage = z.discriminatedUnion('kind', [
  z.object({
    ...envelope,
    kind: z.literal('commit'),
    commit: z.object({
      rev: z.string(),
      operation: z.enum(['create', 'update', 'delete']),
      collection: z.string(),
      rkey: z.string(),
      cid: z.string().optional(),
      record: record.optional().describe('JSON form of the record; absent for a delete'),
      verified: z.enum(['commit', 'proof', 'no']),
    }),
  }),
  z.object({
    ...envelope,
    kind: z.literal('identity'),
    identity: z.object({ did: z.string(), handle: z.string().optional(), time: instant }),
  }),
  z.object({
    ...envelope,
    kind: z.literal('account'),
    account: z.object({
      did: z.string(),
      active: z.boolean(),
      status: z.enum(['deactivated', 'suspended', 'takendown', 'deleted']).optional(),
      time: instant,
    }),
  }),
  z.object({
    ...envelope,
    kind: z.literal('sync'),
    sync: z.object({
      did: z.string(),
      rev: z.string(),
      time: instant,
      reason: z.string().optional().describe('where it is not the repo’s host that says so'),
    }),
  }),
  z.object({
    ...envelope,
    kind: z.literal('bad'),
    bad: z.object({
      reason: z.string(),
      error: z.string(),
      raw: z.unknown().describe('what came and could not be read as an op'),
    }),
  }),
])

export type CarriedMessage = z.infer<typeof carriedMessage>

/** The op as it travels. */
export function toCarriedMessage(
  { source, host }: { source: string; host: string },
  { cursor, op }: SourceMessage,
): CarriedMessage {
  return { v: messageVersion, source, seq: cursor, host, time_us: Date.now() * 1000, ...toBody(op) }
}

type Body = CarriedMessage extends infer Message
  ? Message extends CarriedMessage
    ? Omit<Message, 'v' | 'source' | 'seq' | 'host' | 'time_us'>
    : never
  : never

/** `...none`: a field that ops get one day does not compile before it travels too. */
function toBody(op: Op): Body {
  switch (op.kind) {
    case 'record': {
      const { kind: _, did, live, action: operation, collection, rkey, cid, rev, record, verified, ...none } = op
      const value = { ...(cid !== undefined && { cid }), ...(record !== undefined && { record }), ...nothing(none) }
      return { kind: 'commit', did, live, commit: { rev, operation, collection, rkey, verified, ...value } }
    }
    case 'identity': {
      const { kind, did, handle, time, ...none } = op
      const known = { ...(handle !== undefined && { handle }), ...nothing(none) }
      return { kind, did, live: true, identity: { did, time: time.toISOString(), ...known } }
    }
    case 'account': {
      const { kind, did, status, time, ...none } = op
      const state = { active: status === 'active', ...(status !== 'active' && { status }), ...nothing(none) }
      return { kind, did, live: true, account: { did, time: time.toISOString(), ...state } }
    }
    case 'sync': {
      const { kind, did, rev, time, reason, ...none } = op
      const why = { ...(reason !== undefined && { reason }), ...nothing(none) }
      return { kind, did, live: true, sync: { did, rev, time: time.toISOString(), ...why } }
    }
    case 'bad': {
      const { kind, reason, error, raw, ...none } = op
      return { kind, did: didOf(raw), live: true, bad: { reason, error, raw: raw ?? null, ...nothing(none) } }
    }
  }
}

function nothing(none: Record<string, never>): Record<string, never> {
  return none
}

function didOf(raw: unknown): string {
  return isJsonObject(raw) && typeof raw['did'] === 'string' ? raw['did'] : ''
}

/** What is nested too deep to be written travels without it, and is put aside at its end. */
export function encodeMessage(message: CarriedMessage): Buffer {
  try {
    return Buffer.from(JSON.stringify(message))
  } catch (error) {
    const { v, source, seq, host, live, did, time_us } = message
    const raw = message.kind === 'commit' ? { ...message.commit, did, record: null } : null
    const bad = { reason: 'message-unwritable', error: errorText(error), raw }
    return Buffer.from(JSON.stringify({ v, source, seq, host, live, did, time_us, kind: 'bad', bad }))
  }
}

/** An op as it arrived, with the source it counts for. */
export type CarriedOp = { source: string; message: SourceMessage }

/** Reads what came out of a queue. Never throws: what is none of ours, or of another version, becomes a bad op. */
export function readCarriedMessage(body: unknown): CarriedOp {
  const raw = body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : body
  if (!isJsonObject(raw)) return bad('message-not-json', 'not a JSON object', raw)
  if (raw['v'] !== messageVersion)
    return bad('message-version-unknown', `version ${JSON.stringify(raw['v'])}, not ${messageVersion}`, raw)
  const { data, error } = carriedMessage.safeParse(raw)
  if (!data) return bad('message-unreadable', z.prettifyError(error), raw)
  return { source: data.source, message: { cursor: data.seq, op: toOp(data) } }
}

function bad(reason: string, error: string, raw: unknown): CarriedOp {
  return { source: '', message: { cursor: 0, op: { kind: 'bad', reason, error, raw } } }
}

function toOp(message: CarriedMessage): Op {
  switch (message.kind) {
    case 'commit':
      return toRecordOp(message)
    case 'identity': {
      const { did, handle, time } = message.identity
      return { kind: 'identity', did, time: new Date(time), ...(handle !== undefined && { handle }) }
    }
    case 'account': {
      const { did, active, status, time } = message.account
      return { kind: 'account', did, status: toAccountStatus(active, status), time: new Date(time) }
    }
    case 'sync': {
      const { did, rev, time, reason } = message.sync
      return { kind: 'sync', did, rev, time: new Date(time), ...(reason !== undefined && { reason }) }
    }
    case 'bad':
      return { kind: 'bad', ...message.bad }
  }
}

function toRecordOp({ did, live, commit }: CarriedMessage & { kind: 'commit' }): RecordOp {
  const { operation: action, cid, record, ...rest } = commit
  return {
    kind: 'record',
    did,
    live,
    action,
    ...rest,
    ...(cid !== undefined && { cid }),
    ...(record !== undefined && { record }),
  }
}
