import { createHash } from 'node:crypto'
import type { Channel } from 'rabbitmq-client'

/** The exchange ops are published to, and the queues behind it, all named after it. */
export type Topology = {
  exchange: string
  /** p0–p7: what concerns one repo is in one of them, in order. */
  queues: readonly string[]
  /** Where a message goes that was given out too often without being taken in. */
  deadQueue: string
  limits: QueueLimits
}

export type QueueLimits = {
  /** Of one queue: what comes beyond is refused, and its publisher waits. */
  maxMessages: number
  maxBytes: number
  /** How often a message is given out again before it goes to the dead queue. */
  deliveries: number
}

const partitions = 8
// A delivery that ends with its connection counts too, so the limit is well above a bad day's restarts.
const defaultLimits: QueueLimits = { maxMessages: 100_000, maxBytes: 1024 ** 3, deliveries: 20 }

export function toTopology(exchange: string, limits: Partial<QueueLimits> = {}): Topology {
  const queues = Array.from({ length: partitions }, (_, k) => `${exchange}.p${k}`)
  return { exchange, queues, deadQueue: `${exchange}.dead`, limits: { ...defaultLimits, ...limits } }
}

/** `p<k>`, k = sha1(DID) mod 8: the same for every process and for ever, or a repo's order would be lost. */
export function routingKeyOf(did: string): string {
  const digest = createHash('sha1').update(did).digest()
  return `p${(digest.at(-1) ?? 0) % partitions}`
}

/**
 * Makes what is not there yet. Rejects where a queue is there with other arguments. Quorum queues, so that a confirmed
 * message is on the disk; one active consumer each, so that order holds with any number of processes.
 */
export async function declareTopology(channel: Channel, topology: Topology): Promise<void> {
  const { exchange, queues, deadQueue, limits } = topology
  const deadExchange = deadQueue
  await channel.exchangeDeclare({ exchange: deadExchange, type: 'fanout', durable: true })
  // Unlimited: what lies here has been given up once, and must not be dropped by a default of the broker's.
  const forEver = { 'x-queue-type': 'quorum', 'x-single-active-consumer': true, 'x-delivery-limit': 1_000_000 } as const
  await channel.queueDeclare({ queue: deadQueue, durable: true, arguments: forEver })
  await channel.queueBind({ queue: deadQueue, exchange: deadExchange, routingKey: '' })
  await channel.exchangeDeclare({ exchange, type: 'direct', durable: true })
  const args = {
    'x-queue-type': 'quorum',
    'x-single-active-consumer': true,
    'x-delivery-limit': limits.deliveries,
    'x-dead-letter-exchange': deadExchange,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
    'x-max-length': limits.maxMessages,
    'x-max-length-bytes': limits.maxBytes,
  } as const
  for (const [k, queue] of queues.entries()) {
    await channel.queueDeclare({ queue, durable: true, arguments: args })
    await channel.queueBind({ queue, exchange, routingKey: `p${k}` })
  }
}

/** For tests, and for a site that goes back to one process: what waits in the queues is gone. */
export async function deleteTopology(channel: Channel, { exchange, queues, deadQueue }: Topology): Promise<void> {
  for (const queue of [...queues, deadQueue]) await channel.queueDelete({ queue })
  for (const name of [exchange, deadQueue]) await channel.exchangeDelete({ exchange: name })
}
