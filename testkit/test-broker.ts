import { randomBytes } from 'node:crypto'
import { type Broker, openBroker } from '../src/queue/amqp-broker.ts'
import { type QueueLimits, deleteTopology } from '../src/queue/amqp-topology.ts'
import { silentLog } from './silent-log.ts'

/** The broker that tests may use; undefined: those that need one are skipped. */
export const amqpUrl = process.env['AMQP_URL']
/** Goes into the names of what is skipped. */
export const whySkipped = amqpUrl === undefined ? ' (skipped: AMQP_URL is not set)' : ''

export type TestBroker = AsyncDisposable & {
  url: string
  exchange: string
  broker: Broker
  /** Of a process that uses it. */
  env: { AMQP_URL: string; AMQP_EXCHANGE: string }
  /** Another process's connection to the same queues. */
  connect(): Promise<Broker>
  /** Messages that are ready in a queue. */
  count(queue: string): Promise<number>
}

export type TestBrokerOptions = { url?: string | undefined; limits?: Partial<QueueLimits> }

/** An exchange and queues of this test's own, gone when it is disposed. */
export async function openTestBroker({ url = amqpUrl ?? '', limits }: TestBrokerOptions = {}): Promise<TestBroker> {
  const exchange = `test.${randomBytes(6).toString('hex')}`
  const connect = () => openBroker({ url, exchange, log: silentLog, patienceMs: 20_000, ...(limits && { limits }) })
  const broker = await connect()
  const ask = async <T>(task: (channel: Awaited<ReturnType<Broker['connection']['acquire']>>) => Promise<T>) => {
    const channel = await broker.connection.acquire()
    try {
      return await task(channel)
    } finally {
      await channel.close()
    }
  }
  return {
    url,
    exchange,
    broker,
    env: { AMQP_URL: url, AMQP_EXCHANGE: exchange },
    connect,
    count: (queue) => ask(async (channel) => (await channel.queueDeclare({ queue, passive: true })).messageCount),
    async [Symbol.asyncDispose]() {
      await ask((channel) => deleteTopology(channel, broker.topology)).catch(() => {})
      await broker[Symbol.asyncDispose]()
    },
  }
}
