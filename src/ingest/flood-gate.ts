import type { SourceBatch, SourceNotice } from '../atproto/record-op.ts'

export type FloodLimits = {
  /** Live ops of one repo within a window: more than anybody's hand, or any importer we know, makes. */
  max: number
  windowMs: number
}

const defaultLimits: FloodLimits = { max: 2_000, windowMs: 10 * 60_000 }

/**
 * Keeps one author's flood from delaying everybody: beyond so many ops within a window the rest of that repo's are left
 * out and a gap is written down in their place, which reconciling heals when the window is over. Nothing is lost, and of
 * ten thousand edits of one record only the last is stored. Counts are of this process: after a restart they begin anew.
 */
export class FloodGate {
  readonly #limits: FloodLimits
  #counts = new Map<string, number>()
  #endsAt = 0

  constructor(limits: FloodLimits = defaultLimits) {
    this.#limits = limits
  }

  /** The batch without what is too much, and a notice for each repo of which something was left out. */
  sift(batch: SourceBatch, now = Date.now()): SourceBatch {
    if (now >= this.#endsAt) {
      this.#counts = new Map()
      this.#endsAt = now + this.#limits.windowMs
    }
    const flooded = new Set<string>()
    const messages = batch.messages.filter(({ op }) => {
      if (op.kind !== 'record' || !op.live) return true
      const count = (this.#counts.get(op.did) ?? 0) + 1
      this.#counts.set(op.did, count)
      if (count > this.#limits.max) flooded.add(op.did)
      return count <= this.#limits.max
    })
    if (flooded.size === 0) return batch
    return { ...batch, messages, notices: [...batch.notices, ...Array.from(flooded, (did) => this.#toNotice(did))] }
  }

  #toNotice(did: string): SourceNotice {
    const { max, windowMs } = this.#limits
    const detail = `more than ${max} ops within ${windowMs / 60_000} minutes`
    return { reason: 'author-flood', did, detail, dueAt: new Date(this.#endsAt) }
  }
}
