import { setTimeout as wait } from 'node:timers/promises'
import type { AsyncMessage, Channel } from 'rabbitmq-client'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import type { Broker } from './amqp-broker.ts'
import { declareTopology } from './amqp-topology.ts'

export type Delivery = {
  /** Parsed, where it is JSON. */
  body: unknown
  /** How often it was given out before. */
  returns: number
}

export type ConsumerOptions = {
  broker: Broker
  queues: readonly string[]
  /** Takes a batch in, for good: it is acknowledged when this resolves. One batch at a time, each queue in its order. */
  take: (batch: readonly Delivery[], signal: AbortSignal) => Promise<void>
  log: Log
  metrics?: Pick<Metrics, 'amqpRedelivered' | 'amqpInFlight'> | undefined
}

const batchSize = 100
/**
 * Per queue; with records of at most 1 MB it bounds what a process holds. The same for every reader and for ever: what one
 * leaves goes behind what was left before (RabbitMQ 3.10), so the next must be able to take all of it at once.
 */
const prefetch = 16
const backoff = { firstMs: 100, maxMs: 5_000 }
/** A message that came back so often may be what ends the process. */
const suspectReturns = 3
/** Before one is picked for itself, the heads of the other queues may arrive. */
const gatherMs = 50

/**
 * Takes in what the queues hold until `signal` aborts, across every loss of the connection. Where a message has come
 * back again and again, they go one by one, so that the one that ends the process takes as few as possible with it.
 */
export async function consumeQueues(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      const reader = await ChannelReader.open(options)
      try {
        await reader.run(signal)
        failures = 0
      } finally {
        await reader.close()
      }
    } catch (error) {
      if (signal.aborted) return
      if (failures === 0) options.log.warn('cannot read from RabbitMQ; trying again', { error: errorText(error) })
      await wait(backoffMs(++failures, backoff), undefined, { signal }).catch(() => {})
    }
  }
}

/** One channel from opening to its end. */
class ChannelReader {
  readonly #options: ConsumerOptions
  readonly #channel: Channel
  /** In the order of delivery. */
  #waiting: AsyncMessage[] = []
  #inWork = 0
  #isOver = false
  #hasGathered = false
  #inHand: string | undefined
  #wake: (() => void) | undefined

  static async open(options: ConsumerOptions): Promise<ChannelReader> {
    const channel = await options.broker.connection.acquire()
    const reader = new ChannelReader(options, channel)
    try {
      await declareTopology(channel, options.broker.topology)
      await channel.basicQos({ prefetchCount: prefetch })
      for (const queue of options.queues) await channel.basicConsume({ queue }, (message) => reader.#put(message))
    } catch (error) {
      await reader.close()
      throw error
    }
    return reader
  }

  private constructor(options: ConsumerOptions, channel: Channel) {
    this.#options = options
    this.#channel = channel
    channel.on('close', () => this.#end())
    // A queue was deleted under us: it is made anew with the next channel.
    channel.on('basic.cancel', () => this.#end())
  }

  /** Resolves when the channel is over, or `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const end = () => this.#end()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    try {
      while (!this.#isOver) {
        await this.#somethingWaits()
        if (!this.#isOver && this.#waiting.length > 0) await this.#takeNext(signal)
      }
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  /** What was not acknowledged goes back to its queues, in its order. */
  async close(): Promise<void> {
    this.#end()
    this.#waiting = []
    this.#note()
    await Promise.race([this.#channel.close().catch(() => {}), wait(1_000, undefined, { ref: false })])
  }

  async #takeNext(signal: AbortSignal): Promise<void> {
    const isSuspicious = this.#waiting.some((message) => toReturns(message) >= suspectReturns)
    const batch = isSuspicious ? [await this.#pickOne()] : this.#waiting.splice(0, batchSize)
    this.#inWork = batch.length
    this.#note()
    try {
      await this.#options.take(
        batch.map((message) => ({ body: message.body, returns: toReturns(message) })),
        signal,
      )
    } finally {
      this.#inWork = 0
    }
    const last = batch.at(-1)
    // Tags count in the order of delivery over the whole channel, and so do batches, but not those picked one by one.
    if (last && this.#channel.active) this.#channel.basicAck({ deliveryTag: last.deliveryTag, multiple: !isSuspicious })
    this.#note()
  }

  /**
   * The head of a queue: of those that came back least often, that of the queue in hand, else any. So most of the others
   * are done when the worst has its turn.
   */
  async #pickOne(): Promise<AsyncMessage> {
    if (!this.#hasGathered) await wait(gatherMs)
    this.#hasGathered = true
    const heads = [...Map.groupBy(this.#waiting, ({ consumerTag }) => consumerTag).values()].flatMap(
      ([head]) => head ?? [],
    )
    const least = Math.min(...heads.map(toReturns))
    const innocent = heads.filter((message) => toReturns(message) === least)
    const any = innocent[Math.floor(Math.random() * innocent.length)] as AsyncMessage
    const picked = innocent.find(({ consumerTag }) => consumerTag === this.#inHand) ?? any
    this.#inHand = picked.consumerTag
    this.#waiting.splice(this.#waiting.indexOf(picked), 1)
    return picked
  }

  #put(message: AsyncMessage): void {
    if (this.#isOver) return
    this.#waiting.push(message)
    if (message.redelivered) this.#options.metrics?.amqpRedelivered.inc()
    this.#note()
    this.#wake?.()
  }

  async #somethingWaits(): Promise<void> {
    if (this.#waiting.length > 0 || this.#isOver) return
    await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
  }

  #end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  #note(): void {
    this.#options.metrics?.amqpInFlight.set({ side: 'processor' }, this.#waiting.length + this.#inWork)
  }
}

function toReturns({ headers }: AsyncMessage): number {
  const count: unknown = headers?.['x-delivery-count']
  return typeof count === 'number' ? count : 0
}
