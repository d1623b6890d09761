import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import type { AccountStatus, Op, RecordOp, SourceMessage } from '../src/atproto/record-op.ts'
import type { JsonObject } from '../src/base/json.ts'
import { encodeTid } from '../src/base/tid.ts'

/** The n-th rev of a test: later n, later rev. */
export function rev(n: number): string {
  return encodeTid(1_750_000_000_000_000 + n, 0)
}

export function eventUri(did: string, rkey: string): string {
  return `at://${did}/${eventCollection}/${rkey}`
}

export function rsvpUri(did: string, rkey: string): string {
  return `at://${did}/${rsvpCollection}/${rkey}`
}

type Address = { did: string; rkey: string; n: number }

/** A version of an event; `record` changes or adds fields. */
export function eventOp({ did, rkey, n }: Address, record: JsonObject = {}): RecordOp {
  const plain = { $type: eventCollection, name: `Event ${rkey}`, createdAt: '2026-01-01T00:00:00.000Z' }
  return put(eventCollection, { did, rkey, n }, { ...plain, startsAt: '2026-12-01T18:00:00.000Z', ...record })
}

/** An answer to the event `subject`. */
export function rsvpOp({ did, rkey, n }: Address, subject: string, record: JsonObject = {}): RecordOp {
  const plain = { $type: rsvpCollection, status: `${rsvpCollection}#going`, createdAt: '2026-02-01T00:00:00.000Z' }
  return put(rsvpCollection, { did, rkey, n }, { ...plain, subject: { uri: subject }, ...record })
}

function put(collection: string, { did, rkey, n }: Address, record: JsonObject): RecordOp {
  return { kind: 'record', did, collection, rkey, action: 'update', rev: rev(n), record, verified: 'no', live: true }
}

/** The deletion of an op's record. */
export function deleteOp({ did, collection, rkey }: RecordOp, n: number): RecordOp {
  return { kind: 'record', did, collection, rkey, action: 'delete', rev: rev(n), verified: 'no', live: true }
}

/** What a repo's host says of it, `n` seconds into the test. */
export function accountOp(did: string, status: AccountStatus, n: number): Op {
  return { kind: 'account', did, status, time: new Date(1_750_000_000_000 + n * 1000) }
}

export function toMessages(ops: readonly Op[], firstCursor = 1): SourceMessage[] {
  return ops.map((op, i) => ({ cursor: firstCursor + i, op }))
}

let dids = 0

/** A DID that no other test uses. */
export function newDid(): string {
  let n = ++dids
  let text = ''
  for (; text.length < 24; n = Math.floor(n / 32)) text = ('abcdefghijklmnopqrstuvwxyz234567'[n % 32] ?? 'a') + text
  return `did:plc:${text}`
}
