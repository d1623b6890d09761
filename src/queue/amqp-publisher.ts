import { setTimeout as wait } from 'node:timers/promises'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import type { Broker } from './amqp-broker.ts'
import { ConfirmChannel, UnroutableError } from './amqp-confirm-channel.ts'

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
  #channel: ConfirmChannel | undefined
  #opening: Promise<ConfirmChannel> | undefined
  #complainedAt = 0

  constructor(options: PublisherOptions) {
    this.#options = options
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
    await this.#channel?.close()
  }

  async #publishOnce(routingKey: string, body: Buffer): Promise<void> {
    const { broker, metrics } = this.#options
    const { exchange } = broker.topology
    const channel = await this.#openChannel()
    metrics?.amqpPublished.inc()
    try {
      const envelope = { exchange, routingKey, durable: true, contentType: 'application/json', appId: 'openmeet' }
      await channel.publish(envelope, body)
    } catch (error) {
      if (isMissing(error)) await broker.declare()
      throw error
    }
  }

  /** One for all, and a new one when it has ended. */
  async #openChannel(): Promise<ConfirmChannel> {
    if (this.#channel?.isOpen) return this.#channel
    this.#opening ??= ConfirmChannel.open(this.#options.broker.connection).finally(() => (this.#opening = undefined))
    this.#channel = await this.#opening
    return this.#channel
  }

  #complain(error: unknown): void {
    if (Date.now() - this.#complainedAt < quietMs) return
    this.#complainedAt = Date.now()
    this.#options.log.warn('RabbitMQ has not taken a message; it is published again', { error: errorText(error) })
  }
}

/** The exchange, or a queue behind it. */
function isMissing(error: unknown): boolean {
  if (error instanceof UnroutableError) return true
  return error instanceof Error && 'code' in error && error.code === 'NOT_FOUND'
}
