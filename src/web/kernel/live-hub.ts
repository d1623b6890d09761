type Listener = (topic: string) => void

/** Fans the database's `live` notices out to the streams of this process. Topics: `event:<id>`, `account:<id>`, `explore`. */
export class LiveHub {
  readonly #listeners = new Map<string, Set<Listener>>()

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
    for (const listener of this.#listeners.get(topic) ?? []) listener(topic)
  }

  /** After the connection to the database was lost, notices may be missing: everybody looks again. */
  publishAll(): void {
    for (const topic of this.#listeners.keys()) this.publish(topic)
  }

  get size(): number {
    let n = 0
    for (const set of this.#listeners.values()) n += set.size
    return n
  }
}
