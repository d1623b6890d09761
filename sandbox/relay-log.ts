import type { BadOp, Op, RecordOp } from '../src/atproto/record-op.ts'

/** One op with its places in the streams: `timeUs` in Jetstream v1, `seq` in v2, `frameSeq` in the firehose. */
export type RelayEvent = { timeUs: number; seq: number; frameSeq: number; op: Exclude<Op, BadOp> }
export type RelayFrame = { seq: number; bytes: Buffer }

export type RelayListener = { onEvent?: (event: RelayEvent) => void; onFrame?: (frame: RelayFrame) => void }

export type RelayLimits = { maxEvents: number; maxFrameBytes: number }

const defaultLimits: RelayLimits = { maxEvents: 20_000, maxFrameBytes: 32 * 1024 * 1024 }
/** Room between two frames for the ops of one. */
const opsPerFrame = 1000

/** What the relay has seen, the oldest forgotten when it grows too long, and who is told of more. */
export class RelayLog {
  readonly events: RelayEvent[] = []
  readonly frames: RelayFrame[] = []
  hasForgotten = false
  #frameBytes = 0
  #timeUs = 0
  #seq = 0
  readonly #limits: RelayLimits
  readonly #listeners = new Set<RelayListener>()

  constructor(limits: RelayLimits = defaultLimits) {
    this.#limits = limits
  }

  get lastFrameSeq(): number {
    return this.frames.at(-1)?.seq ?? 0
  }

  /**
   * `timeMs` is the frame's own time: read again after a restart, the same frames get the same places, so that cursors
   * outlive the process.
   */
  add(frame: RelayFrame, timeMs: number, ops: readonly Op[]): void {
    this.frames.push(frame)
    this.#frameBytes += frame.bytes.length
    for (const listener of this.#listeners) listener.onFrame?.(frame)
    for (const [i, op] of ops.entries()) {
      if (op.kind !== 'bad') this.#addEvent({ timeMs, seq: frame.seq * opsPerFrame + i, frameSeq: frame.seq, op })
    }
    this.#forget()
  }

  /** Tells the last op of a record once more, as any network may. False where it is not known. */
  repeat(uri: string): boolean {
    const event = this.events.findLast(({ op }) => op.kind === 'record' && uriOf(op) === uri)
    if (!event) return false
    const frame = this.frames.findLast(({ seq }) => seq === event.frameSeq)
    if (frame) for (const listener of this.#listeners) listener.onFrame?.(frame)
    this.#addEvent({ ...event, timeMs: Date.now() })
    return true
  }

  /** Records that are there now, the last touched first. */
  recent(isWanted: (op: RecordOp) => boolean, limit: number): RecordOp[] {
    const seen = new Set<string>()
    const found: RecordOp[] = []
    for (let i = this.events.length - 1; i >= 0 && found.length < limit; i--) {
      const op = this.events[i]?.op
      if (op?.kind !== 'record' || !isWanted(op) || seen.has(uriOf(op))) continue
      seen.add(uriOf(op))
      if (op.action !== 'delete') found.push(op)
    }
    return found
  }

  /** Returns how to stop. */
  follow(listener: RelayListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #addEvent({ timeMs, seq, frameSeq, op }: Omit<RelayEvent, 'timeUs'> & { timeMs: number }): void {
    this.#timeUs = Math.max(this.#timeUs + 1, Math.floor(timeMs * 1000))
    this.#seq = Math.max(this.#seq + 1, seq)
    const event = { timeUs: this.#timeUs, seq: this.#seq, frameSeq, op }
    this.events.push(event)
    for (const listener of this.#listeners) listener.onEvent?.(event)
  }

  #forget(): void {
    const { maxEvents, maxFrameBytes } = this.#limits
    // Rarely and much at once: moving a long array costs.
    if (this.events.length < 2 * maxEvents && this.#frameBytes < 2 * maxFrameBytes) return
    this.hasForgotten = true
    let count = 0
    while (this.#frameBytes > maxFrameBytes || this.frames.length - count > maxEvents) {
      this.#frameBytes -= this.frames[count++]?.bytes.length ?? 0
    }
    this.frames.splice(0, count)
    const oldest = this.frames[0]?.seq ?? 0
    const kept = this.events.filter(({ frameSeq }) => frameSeq >= oldest).slice(-maxEvents)
    this.events.splice(0, this.events.length, ...kept)
  }
}

export function uriOf({ did, collection, rkey }: { did: string; collection: string; rkey: string }): string {
  return `at://${did}/${collection}/${rkey}`
}

/** Whether one of the patterns (an NSID, or a prefix such as `app.bsky.graph.*`) names the collection; none names all. */
export function isWantedCollection(patterns: readonly string[], collection: string): boolean {
  if (patterns.length === 0) return true
  return patterns.some((pattern) =>
    pattern.endsWith('.*') ? collection.startsWith(pattern.slice(0, -1)) : pattern === collection,
  )
}
