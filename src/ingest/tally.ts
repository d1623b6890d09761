import { toAtUri } from '../atproto/at-uri.ts'
import { type CalendarCollection, isCalendarCollection } from '../atproto/collections.ts'
import type { BadOp, RecordOp } from '../atproto/record-op.ts'
import { tidTime } from '../base/tid.ts'
import type { StoredOp } from '../records/store-record-ops.ts'
import { type ReadOp, isUnreadable } from './read-op.ts'

/** `replayed`: not newer than what was known. */
export type Outcome = 'applied' | 'replayed' | 'deadLettered'

/** What became of a batch's ops. */
export class Tally {
  applied = 0
  replayed = 0
  deadLettered = 0
  /** How many lie aside now, whether for the first time or again. */
  aside = 0
  /** For the metrics; `other` where an op names no collection of ours. */
  readonly byCollection = new Map<`${CalendarCollection | 'other'} ${Outcome}`, number>()
  readonly reasons = new Map<string, number>()
  /** From the commit in the repo to now, of live ops that were new. */
  readonly latenciesMs: number[] = []

  /** An op counts as it would have, had the ops come one by one. */
  addStored(ops: readonly RecordOp[], stored: readonly StoredOp<ReadOp>[]): void {
    const winners = new Map(stored.map((op) => [op.uri, op]))
    const seen = new Map<string, string>()
    for (const op of ops) {
      const uri = toAtUri(op)
      const winner = winners.get(uri)
      const before = seen.get(uri) ?? winner?.previous?.rev ?? ''
      // The version that won may be one that is taken in again.
      const isNew = winner !== undefined && (op.rev > before || (op.rev === winner.op.rev && !seen.has(uri)))
      if (!isNew) this.#count(op.collection, 'replayed')
      else if (op.rev === winner.op.rev && isUnreadable(winner))
        this.addAside(op, { reason: 'record-unreadable', isNew: true })
      else this.#addApplied(op)
      if (isNew) seen.set(uri, op.rev)
    }
  }

  addAside(op: RecordOp | BadOp, { reason, isNew }: { reason: string; isNew: boolean }): void {
    this.#count(op.kind === 'record' ? op.collection : '', isNew ? 'deadLettered' : 'replayed')
    this.aside++
    if (isNew) this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }

  add(other: Tally): void {
    this.applied += other.applied
    this.replayed += other.replayed
    this.deadLettered += other.deadLettered
    this.aside += other.aside
    for (const [key, n] of other.byCollection) this.byCollection.set(key, (this.byCollection.get(key) ?? 0) + n)
    for (const [key, n] of other.reasons) this.reasons.set(key, (this.reasons.get(key) ?? 0) + n)
    this.latenciesMs.push(...other.latenciesMs)
  }

  #addApplied(op: RecordOp): void {
    this.#count(op.collection, 'applied')
    const committedAt = op.live ? tidTime(op.rev) : undefined
    if (committedAt) this.latenciesMs.push(Math.max(0, Date.now() - committedAt.getTime()))
  }

  #count(collection: string, outcome: Outcome): void {
    this[outcome]++
    const key = `${isCalendarCollection(collection) ? collection : 'other'} ${outcome}` as const
    this.byCollection.set(key, (this.byCollection.get(key) ?? 0) + 1)
  }
}
