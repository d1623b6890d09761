type Listener = (topic: string) => void

const seats = { perClient: 40, all: 5000 }
/** From when a page was read from the database to when its stream is open; browsers take their time. */
const rememberMs = 60_000
const maxRemembered = 20_000

/** Fans the database's `live` notices out to the streams of this process. Topics: `event:<id>`, `account:<id>`, `explore`. */
export class LiveHub implements Disposable {
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #taken = new Map<string, number>()
  /** When each topic last changed, the latest last. */
  readonly #changed = new Map<string, number>()
  readonly #end = new AbortController()
  #size = 0

  /** Calls `listener` on each change of `topic` until the returned function is called. */
  subscribe(topic: string, listener: Listener): () => void {
    const set = this.#listeners.get(topic) ?? new Set()
    set.add(listener)
    this.#listeners.set(topic, set)
    return () => {
      set.delete(listener)
      if (set.size === 0) this.#listeners.delete(topic)
    }
  }

  publish(topic: string): void {
    this.#remember(topic)
    for (const listener of this.#listeners.get(topic) ?? []) listener(topic)
  }

  /** Whether a topic has changed since that time, as far as it is remembered: a page that was made then is out of date. */
  hasChanged(topic: string, since: number): boolean {
    return (this.#changed.get(topic) ?? 0) >= since
  }

  #remember(topic: string): void {
    const now = Date.now()
    this.#changed.delete(topic)
    this.#changed.set(topic, now)
    for (const [old, at] of this.#changed) {
      if (at > now - rememberMs && this.#changed.size <= maxRemembered) break
      this.#changed.delete(old)
    }
  }

  /** After the connection to the database was lost, notices may be missing: everybody looks again. */
  publishAll(): void {
    for (const topic of this.#listeners.keys()) this.publish(topic)
  }

  /** A place for one more stream of this client, and how to give it back; undefined where all are taken. */
  takeSeat(client: string): (() => void) | undefined {
    const own = this.#taken.get(client) ?? 0
    if (own >= seats.perClient || this.#size >= seats.all) return undefined
    this.#taken.set(client, own + 1)
    this.#size++
    return () => {
      this.#size--
      const left = (this.#taken.get(client) ?? 1) - 1
      if (left > 0) this.#taken.set(client, left)
      else this.#taken.delete(client)
    }
  }

  /** Streams that are open. */
  get size(): number {
    return this.#size
  }

  /** Aborted when this process stops serving: streams end. */
  get ended(): AbortSignal {
    return this.#end.signal
  }

  [Symbol.dispose](): void {
    this.#end.abort()
  }
}
