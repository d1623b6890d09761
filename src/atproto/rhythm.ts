const samples = 500
const leastMs = 60_000
const times = 200

/**
 * How often a stream usually says something. A connection may be alive while what feeds it stands still: then it falls
 * silent for far longer than it ever does. Streams that rarely say anything are never suspected.
 */
export class Rhythm {
  #count = 0
  #averageMs = 0
  #lastAt: number | undefined

  note(now: number): void {
    if (this.#lastAt !== undefined) {
      const weight = 1 / Math.min(samples, ++this.#count)
      this.#averageMs += (now - this.#lastAt - this.#averageMs) * weight
    }
    this.#lastAt = now
  }

  /** Time in which nobody listened counts for nothing. */
  skip(): void {
    this.#lastAt = undefined
  }

  /** For how long it has been silent, where that is unusual. It is said once, and learned anew. */
  takeSilence(now: number): { silentMs: number; usualMs: number } | undefined {
    if (this.#lastAt === undefined || this.#count < samples) return undefined
    const silentMs = now - this.#lastAt
    if (silentMs < Math.max(leastMs, times * this.#averageMs)) return undefined
    const usualMs = this.#averageMs
    this.#count = 0
    this.#averageMs = 0
    this.#lastAt = undefined
    return { silentMs, usualMs }
  }
}
