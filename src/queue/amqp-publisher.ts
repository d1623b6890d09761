import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { Publisher } from 'rabbitmq-client'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import type { Broker } from './amqp-broker.ts'

export type PublisherOptions = {
  broker: Broker
  log: Log
  metrics?: Pick<Metrics, 'amqpPublished' | 'amqpConfirmed' | 'amqpRefused'> | undefined
}

const backoff = { firstMs: 50, maxMs: 5_000 }
const quietMs = 30_000

/** Publishes with confirms: what it has answered is on the broker's disk. */
export class AmqpPublisher implements AsyncDisposable {
  readonly #options: PublisherOptions
  readonly #publisher: Publisher
  /** Ids of messages that came back because no queue was there for them. */
  readonly #returned = new Set<string>()
  #count = 0
  #complainedAt = 0

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#publisher = options.broker.connection.createPublisher({ confirm: true })
    this.#publisher.on('basic.return', ({ messageId }) => this.#returned.add(messageId ?? ''))
  }

  /**
   * Resolves once the broker has the message, however long that takes: a full queue refuses it and a dead broker loses
   * it, and both are asked again. It may then be there twice. Throws only the signal's reason.
   */
  async publish(routingKey: string, body: Buffer, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        await this.#publishOnce(routingKey, body)
        this.#options.metrics?.amqpConfirmed.inc()
        return
      } catch (error) {
        this.#options.metrics?.amqpRefused.inc()
        this.#complain(error)
      }
      await wait(backoffMs(attempt, backoff), undefined, { signal })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.race([this.#publisher.close().catch(() => {}), wait(1_000, undefined, { ref: false })])
  }

  async #publishOnce(routingKey: string, body: Buffer): Promise<void> {
    const { broker, metrics } = this.#options
    const messageId = String(++this.#count)
    const envelope = { exchange: broker.topology.exchange, routingKey, messageId, mandatory: true, durable: true }
    metrics?.amqpPublished.inc()
    try {
      await this.#publisher.send({ ...envelope, contentType: 'application/json', appId: 'openmeet' }, body)
    } catch (error) {
      if (isMissing(error)) await broker.declare()
      throw error
    }
    // A message that no queue was there for is confirmed all the same; that it came back is told one turn later.
    await nextTurn()
    if (!this.#returned.delete(messageId)) return
    await broker.declare()
    throw new Error('there was no queue for it')
  }

  #complain(error: unknown): void {
    if (Date.now() - this.#complainedAt < quietMs) return
    this.#complainedAt = Date.now()
    this.#options.log.warn('RabbitMQ has not taken a message; it is published again', { error: errorText(error) })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NOT_FOUND'
}
