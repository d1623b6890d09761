import type { JsonObject } from '../base/json.ts'
import type { CommitToVerify } from './verify-commit.ts'

/** How an op was checked: against the signed commit, by a getRecord proof from the author's PDS, or not at all. */
type Verification = 'commit' | 'proof' | 'no'

/** One change of one record, as any source tells it. `record` is its JSON form, present unless it is a delete. */
export type RecordOp = {
  kind: 'record'
  did: string
  collection: string
  rkey: string
  action: 'create' | 'update' | 'delete'
  cid?: string
  /** Of the repo's commit: orders the versions of one repo, compared as text (TID). */
  rev: string
  record?: JsonObject
  verified: Verification
  /** False for backfill, replay and resync: such an op notifies nobody. */
  live: boolean
}

export type IdentityOp = { kind: 'identity'; did: string; handle?: string; time: Date }

export type AccountStatus = 'active' | 'deactivated' | 'suspended' | 'takendown' | 'deleted'
export type AccountOp = { kind: 'account'; did: string; status: AccountStatus; time: Date }

/** The repo's rows here may be stale; what replaces them follows or must be fetched. `reason`: where it is not the repo's host that says so. */
export type SyncOp = { kind: 'sync'; did: string; rev: string; time: Date; reason?: string }

/** A message that ought to be an op and cannot be read as one: put aside with its reason, never dropped. */
export type BadOp = { kind: 'bad'; reason: string; error: string; raw: unknown }

export type Op = RecordOp | IdentityOp | AccountOp | SyncOp | BadOp

/** An op with its place in the source's stream: microseconds (Jetstream v1) or seq (v2, firehose). */
export type SourceMessage = {
  cursor: number
  op: Op
  /** Of the firehose: the commit that holds the op, to be believed or refused before the op is passed on. */
  commit?: CommitToVerify
}

/**
 * Something the source says of itself, to be written down: a silent clamp, OutdatedCursor, a host change.
 * `restarts`: the source's numbers have started anew, so the stored cursor goes back to where the batch says.
 */
export type SourceNotice = {
  reason: string
  detail: string
  from?: number
  to?: number
  restarts?: boolean
  /** It concerns this repo only. */
  did?: string
  /** What it means is not to be mended before. */
  dueAt?: Date
}

/**
 * A thin adapter over one stream. Yields batches in order from just after `cursor`, for ever, reconnecting by itself;
 * it does not read on while the consumer works on a batch (back-pressure). An empty batch still moves the cursor.
 */
export type Source = {
  /** Key of the stored cursor. A cursor of one source means nothing to another. */
  name: string
  /** Its cursor is a time, in microseconds: it can begin where another source was left. */
  isByTime?: boolean
  /** It is told what was stored, when its reader comes back for more: nothing may be taken before that. */
  isAcknowledged?: boolean
  batches(cursor: number | undefined, signal: AbortSignal): AsyncIterable<SourceBatch>
}

/** `cursor`: undefined where the source has not said yet where it stands. */
export type SourceBatch = {
  messages: SourceMessage[]
  cursor: number | undefined
  host: string
  notices: SourceNotice[]
}
