import type { SourceBatch, SourceMessage, SourceNotice } from './record-op.ts'

/** Messages that have come in and wait for their reader. Tells its socket to pause while too many wait. */
export class Inbox {
  /** The source's address the last message came from. */
  host = ''
  /** Where the stream is to go on after everything taken in so far; undefined until the source has said. */
  cursor: () => number | undefined
  #messages: SourceMessage[] = []
  #notices: SourceNotice[] = []
  #wake: (() => void) | undefined
  #taken: number | undefined
  #hasOpened = false
  readonly #highWater: number
  readonly #onFull: (isFull: boolean) => void

  constructor(highWater: number, onFull: (isFull: boolean) => void) {
    this.#highWater = highWater
    this.#onFull = onFull
    this.cursor = () => undefined
  }

  get size(): number {
    return this.#messages.length
  }

  put(messages: readonly SourceMessage[], notices: readonly SourceNotice[] = []): void {
    this.#messages.push(...messages)
    this.#notices.push(...notices)
    if (this.#messages.length >= this.#highWater) this.#onFull(true)
    if (messages.length + notices.length > 0) this.wake()
  }

  /** A connection is there: from now on nothing is missed. Its reader is told, even where nothing comes. */
  opened(): void {
    this.#hasOpened = true
    this.wake()
  }

  wake(): void {
    this.#wake?.()
  }

  /** Resolves as soon as anything is there, after `ms` at the latest, or when woken. */
  async wait(ms: number): Promise<void> {
    if (this.#messages.length + this.#notices.length > 0 || this.#hasOpened) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
    this.#wake = undefined
  }

  /** The next messages in order; undefined where nothing has changed since the last call. */
  take(limit: number): SourceBatch | undefined {
    const messages = this.#messages.splice(0, this.#endOfCommit(limit))
    const isDrained = this.#messages.length === 0
    if (this.#messages.length < this.#highWater / 2) this.#onFull(false)
    const cursor = (isDrained ? this.cursor() : undefined) ?? messages.at(-1)?.cursor ?? this.#taken
    const hasOpened = this.#hasOpened
    this.#hasOpened = false
    // A notice may say that cursors start anew: it goes with the last of what came before it.
    const notices = isDrained ? this.#notices.splice(0) : []
    const isNew = messages.length + notices.length > 0 || (cursor === undefined ? hasOpened : cursor !== this.#taken)
    if (!isNew) return undefined
    this.#taken = cursor
    return { messages, cursor, host: this.host, notices }
  }

  /** The ops of one commit share a cursor, and stay together: it may be stored only when all of them are. */
  #endOfCommit(limit: number): number {
    const last = this.#messages[limit - 1]
    if (!last) return limit
    const next = this.#messages.findIndex(({ cursor }, i) => i >= limit && cursor !== last.cursor)
    return next === -1 ? this.#messages.length : next
  }
}
