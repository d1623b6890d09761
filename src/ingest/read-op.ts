import { parseAtUri, toAtUri } from '../atproto/at-uri.ts'
import { eventCollection, rsvpCollection } from '../atproto/collections.ts'
import type { AccountOp, BadOp, IdentityOp, RecordOp, SyncOp } from '../atproto/record-op.ts'
import { readEventOp } from '../events/event-reading.ts'
import type { EventOpToStore } from '../events/ingest-event.ts'
import { recordCid } from '../records/record-cid.ts'
import type { OpToStore } from '../records/store-record-ops.ts'
import type { RsvpOpToStore } from '../rsvps/ingest-rsvp.ts'
import { readRsvpRecord } from '../rsvps/rsvp-record.ts'

/** An op with what its record says, before anything is looked up. */
export type ReadOp = EventOpToStore & RsvpOpToStore

type StorableOp = RecordOp | IdentityOp | AccountOp | SyncOp

/** Why an op cannot even be stored, or undefined where it can. */
export function refuseOp(op: StorableOp): BadOp | undefined {
  // Any text that sorts would do, but every rev is a TID, and a foolish one would shut out all that follow.
  const hasRev = !('rev' in op) || /^[A-Za-z0-9._:~-]{1,64}$/.test(op.rev)
  // What is no address may be no text for the database either.
  const isAddress =
    op.kind === 'record' ? parseAtUri(toAtUri(op)) !== undefined : /^did:[a-z]+:[\w.:%-]{1,2000}$/.test(op.did)
  if (!isAddress)
    return refuse('address-invalid', `this is no address of a ${op.kind === 'record' ? 'record' : 'repo'}`, op)
  if (!hasRev) return refuse('rev-invalid', 'the rev is none', op)
  if (op.kind === 'record' && op.action !== 'delete' && !op.record)
    return refuse('record-missing', `a ${op.action} without a record`, op)
  return undefined
}

function refuse(reason: string, error: string, raw: StorableOp): BadOp {
  return { kind: 'bad', reason, error, raw }
}

/** One op per record: the newest with what it says, and the older ones it makes pointless. */
export async function readOps(ops: readonly RecordOp[]): Promise<ReadOp[]> {
  const byUri = new Map<string, RecordOp[]>()
  for (const op of ops) {
    const uri = toAtUri(op)
    byUri.set(uri, [...(byUri.get(uri) ?? []), op])
  }
  return Promise.all(
    [...byUri].map(async ([uri, versions]) => {
      const sorted = versions.toSorted((a, b) => (a.rev < b.rev ? -1 : a.rev > b.rev ? 1 : 0))
      return readOp(uri, await withCid(sorted.at(-1) as RecordOp), sorted.slice(0, -1))
    }),
  )
}

function readOp(uri: string, op: RecordOp, superseded: RecordOp[]): ReadOp {
  const base: OpToStore = { uri, op, superseded, flags: [] }
  if (op.collection === eventCollection) {
    const event = readEventOp(op)
    return { ...base, ...(event && { event, flags: event.flags }) }
  }
  if (op.collection !== rsvpCollection || !op.record) return base
  const { details, flags } = readRsvpRecord(op.record, op.rkey)
  return { ...base, flags, ...(details && { rsvp: details }) }
}

/** Whether a record was there and said nothing we could use: it is kept, put aside, and shown nowhere. */
export function isUnreadable({ op, event, rsvp }: ReadOp): boolean {
  return op.action !== 'delete' && !event && !rsvp
}

/** Some sources leave the CID out; it follows from the record, where that is one that a PDS would take. */
async function withCid(op: RecordOp): Promise<RecordOp> {
  if (!op.record || op.cid !== undefined) return op
  try {
    return { ...op, cid: await recordCid(op.record) }
  } catch {
    return op
  }
}
