import { setTimeout as wait } from 'node:timers/promises'
import type { SourceBatch } from '../atproto/record-op.ts'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import type { Db } from '../db/database.ts'
import type { AmqpPublisher } from '../queue/amqp-publisher.ts'
import { routingKeyOf } from '../queue/amqp-topology.ts'
import { encodeMessage, toCarriedMessage } from './carry-message.ts'
import { storeCursor, storeNotices } from './cursor-store.ts'

export type CarryOutOptions = {
  db: Db
  log: Log
  source: string
  publisher: AmqpPublisher
  /** The leader's: when it aborts, what is not confirmed yet is left to the next leader, which reads it again. */
  signal: AbortSignal
  metrics?: Pick<Metrics, 'amqpInFlight'> | undefined
}

/** A batch on its way; `left`: how many of its messages are not confirmed yet. */
type Pending = { batch: SourceBatch; left: number }

const maxMessages = 500
const maxBytes = 8 * 1024 * 1024
const maxBatches = 50
const backoff = { firstMs: 20, maxMs: 10_000 }

/**
 * Gives a source's batches to RabbitMQ. Of one repo only one message is on its way at a time, so that no refusal and no
 * lost connection changes their order; those of different repos overlap. The cursor is stored when a batch, and every
 * one before it, is confirmed. Too much on its way stops the reader.
 */
export class CarryOut {
  readonly #options: CarryOutOptions
  #pending: Pending[] = []
  readonly #lastOf = new Map<string, Promise<void>>()
  #messages = 0
  #bytes = 0
  #isStoring = false
  #wake: (() => void) | undefined

  constructor(options: CarryOutOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#wake?.())
  }

  /** Resolves when all of the batch is on its way. Throws only the signal's reason. */
  async carry(batch: SourceBatch): Promise<void> {
    const pending = { batch, left: batch.messages.length }
    this.#pending.push(pending)
    for (const message of batch.messages) {
      const carried = toCarriedMessage({ source: this.#options.source, host: batch.host }, message)
      const body = encodeMessage(carried)
      await this.#room(body.length)
      this.#send(pending, carried.did, body)
    }
    if (pending.left === 0) this.#advance()
    while (this.#pending.length > maxBatches) await this.#woken()
  }

  /** Resolves when all that was carried is confirmed and its cursor is stored. Throws only the signal's reason. */
  async settle(): Promise<void> {
    while (this.#pending.length > 0 || this.#isStoring) await this.#woken()
  }

  #send(pending: Pending, did: string, body: Buffer): void {
    const { publisher, signal } = this.#options
    this.#count(1, body.length)
    const before = this.#lastOf.get(did) ?? Promise.resolve()
    const sent = before.then(() => publisher.publish(routingKeyOf(did), body, signal))
    this.#lastOf.set(did, sent)
    sent
      .then(() => {
        pending.left--
        if (pending.left === 0) this.#advance()
      })
      // Nothing but the signal: the reader ends.
      .catch(() => {})
      .finally(() => {
        if (this.#lastOf.get(did) === sent) this.#lastOf.delete(did)
        this.#count(-1, -body.length)
        this.#wake?.()
      })
  }

  #advance(): void {
    if (!this.#isStoring) void this.#storeConfirmed()
  }

  /** Stores the cursor of the highest batch that is confirmed with all before it. */
  async #storeConfirmed(): Promise<void> {
    this.#isStoring = true
    while (this.#pending[0]?.left === 0 && !this.#options.signal.aborted) {
      const open = this.#pending.findIndex(({ left }) => left > 0)
      const done = this.#pending.splice(0, open === -1 ? this.#pending.length : open)
      await this.#store(done.map(({ batch }) => batch)).catch(() => {})
      this.#wake?.()
    }
    this.#isStoring = false
    this.#wake?.()
  }

  /** Waits for the database as long as it takes. Throws only the signal's reason. */
  async #store(batches: readonly SourceBatch[]): Promise<void> {
    const { db, log, source, signal } = this.#options
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        await db.transaction().execute(async (tx) => {
          for (const { cursor, host, notices } of batches) {
            await storeNotices(tx, source, notices)
            if (cursor === undefined) continue
            await storeCursor(tx, source, { cursor, host, restarts: notices.some(({ restarts }) => restarts) })
          }
        })
        return
      } catch (error) {
        log.warn('cursor not stored', { source, attempt, error: errorText(error) })
      }
      await wait(backoffMs(attempt, backoff), undefined, { signal })
    }
  }

  async #room(bytes: number): Promise<void> {
    const isFull = () => this.#messages >= maxMessages || (this.#messages > 0 && this.#bytes + bytes > maxBytes)
    while (isFull()) await this.#woken()
    this.#options.signal.throwIfAborted()
  }

  async #woken(): Promise<void> {
    this.#options.signal.throwIfAborted()
    await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
  }

  #count(messages: number, bytes: number): void {
    this.#messages += messages
    this.#bytes += bytes
    this.#options.metrics?.amqpInFlight.set({ side: 'publisher' }, this.#messages)
  }
}
