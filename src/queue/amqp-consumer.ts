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

type Mode = 'together' | 'carefully'

const batchSize = 100
/** Per queue. With records of at most 1 MB it bounds what a process holds. */
const prefetch = 32
const backoff = { firstMs: 100, maxMs: 5_000 }
/** A careful reader lets the heads of all queues arrive before it picks one. */
const gatherMs = 20
/** A message that came back so often may be what ends the process. */
const suspectReturns = 2

/**
 * Takes in what the queues hold until `signal` aborts, across every loss of the connection. Where a message has come
 * back again and again, it goes one message at a time, so that the one that ends the process takes no other with it.
 */
export async function consumeQueues(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  let mode: Mode = 'together'
  for (let failures = 0; !signal.aborted;) {
    try {
      const reader = await ChannelReader.open(options, mode)
      try {
        mode = await reader.run(signal)
        failures = 0
      } finally {
        await reader.close()
      }
    } catch (error) {
      if (signal.aborted) return
      options.log.warn('reading from RabbitMQ', { error: errorText(error) })
      await wait(backoffMs(++failures, backoff), undefined, { signal }).catch(() => {})
    }
  }
}

/** One channel from opening to its end. */
class ChannelReader {
  readonly #options: ConsumerOptions
  readonly #channel: Channel
  readonly #mode: Mode
  #waiting: AsyncMessage[] = []
  #inWork = 0
  #isOver = false
  #wake: (() => void) | undefined

  static async open(options: ConsumerOptions, mode: Mode): Promise<ChannelReader> {
    const channel = await options.broker.connection.acquire()
    const reader = new ChannelReader(options, channel, mode)
    try {
      await declareTopology(channel, options.broker.topology)
      await channel.basicQos({ prefetchCount: mode === 'together' ? prefetch : 1 })
      for (const queue of options.queues) await channel.basicConsume({ queue }, (message) => reader.#put(message))
    } catch (error) {
      await reader.close()
      throw error
    }
    return reader
  }

  private constructor(options: ConsumerOptions, channel: Channel, mode: Mode) {
    this.#options = options
    this.#channel = channel
    this.#mode = mode
    channel.on('close', () => this.#end())
    // A queue was deleted under us: it is made anew with the next channel.
    channel.on('basic.cancel', () => this.#end())
  }

  /** Answers how to go on: when the channel is over, or is to be read in another mode. */
  async run(signal: AbortSignal): Promise<Mode> {
    const end = () => this.#end()
    signal.addEventListener('abort', end)
    try {
      while (!this.#isOver && !signal.aborted) {
        await this.#somethingWaits()
        if (this.#mode === 'carefully') await wait(gatherMs)
        if (this.#waiting.length === 0 || this.#isOver) continue
        const isSuspicious = this.#waiting.some((message) => toReturns(message) >= suspectReturns)
        if (isSuspicious && this.#mode === 'together') return 'carefully'
        await this.#takeNext(signal)
        if (!isSuspicious && this.#mode === 'carefully') return 'together'
      }
    } finally {
      signal.removeEventListener('abort', end)
    }
    return this.#mode
  }

  /** What was not acknowledged goes back to its queues, in its order. */
  async close(): Promise<void> {
    this.#end()
    this.#waiting = []
    this.#note()
    await Promise.race([this.#channel.close().catch(() => {}), wait(1_000, undefined, { ref: false })])
  }

  async #takeNext(signal: AbortSignal): Promise<void> {
    const isTogether = this.#mode === 'together'
    const at = isTogether ? 0 : Math.floor(Math.random() * this.#waiting.length)
    const batch = this.#waiting.splice(at, isTogether ? batchSize : 1)
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
    // Tags count in the order of delivery over the whole channel, and so do batches.
    if (last && this.#channel.active) this.#channel.basicAck({ deliveryTag: last.deliveryTag, multiple: isTogether })
    this.#note()
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
