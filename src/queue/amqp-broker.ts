import { setTimeout as wait } from 'node:timers/promises'
import { type Channel, Connection } from 'rabbitmq-client'
import { AppError, errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { maskUrls } from '../base/mask-urls.ts'
import { type QueueLimits, type Topology, declareTopology, toTopology } from './amqp-topology.ts'

/** One process's way to RabbitMQ. It connects again by itself, with back-off, whenever the connection is lost. */
export type Broker = AsyncDisposable & {
  connection: Connection
  topology: Topology
  /** Makes the exchange and the queues where they are not there. */
  declare(): Promise<void>
  /** Throws while the broker cannot be used. */
  assertReady(): void
}

export type BrokerOptions = {
  url: string
  exchange: string
  log: Log
  limits?: Partial<QueueLimits>
  /** How long a start waits for the broker. */
  patienceMs?: number
}

const closeMs = 2_000

/** Connects and makes the queues. Throws AppError that names AMQP_URL where the broker cannot be used. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { url, exchange, limits, log, patienceMs = 10_000 } = options
  const topology = toTopology(exchange, limits)
  const connection = new Connection({
    url,
    connectionName: 'openmeet',
    // Seconds: a broker that vanished without a word is noticed after two of them.
    heartbeat: 10,
    // Who waits for a channel longer asks again, and may be told to end meanwhile.
    acquireTimeout: 2_000,
    retryLow: 250,
    retryHigh: 5_000,
  })
  let isOpen = false
  connection.on('error', (error) => {
    if (isOpen) log.warn('the connection to RabbitMQ is lost, or complains', { error: errorText(error) })
  })
  connection.on('connection', () => {
    if (isOpen) log.info('RabbitMQ is there again')
  })
  connection.on('connection.blocked', (reason) => log.warn('RabbitMQ takes nothing for now', { reason }))
  const broker: Broker = {
    connection,
    topology,
    declare: () => withChannel(connection, (channel) => declareTopology(channel, topology)),
    assertReady() {
      if (!connection.ready) throw new Error('RabbitMQ cannot be reached, or takes nothing for now')
    },
    [Symbol.asyncDispose]: () => close(connection),
  }
  try {
    await connection.onConnect(patienceMs, true)
    await broker.declare()
  } catch (error) {
    await close(connection)
    throw cannotUse(url, error)
  }
  isOpen = true
  return broker
}

function cannotUse(url: string, error: unknown): AppError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const mend = /PRECONDITION/.test(errorText(cause) + codeOf(cause))
    ? 'A queue of that name was made with other settings: delete it, or set AMQP_EXCHANGE to another name.'
    : 'Start the broker, mend AMQP_URL, or unset it: without it ops go through the process itself.'
  const what = `RabbitMQ cannot be used: AMQP_URL=${maskUrls(url)}: ${[codeOf(cause), errorText(cause)].filter(Boolean).join(' ')}.`
  return new AppError('unavailable', `${what} ${mend}`, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

async function withChannel<T>(connection: Connection, task: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await connection.acquire()
  try {
    return await task(channel)
  } finally {
    await channel.close()
  }
}

/** A broker that is away, or takes nothing, must not keep a process from ending. */
async function close(connection: Connection): Promise<void> {
  const closing = connection.close().catch(() => {})
  await Promise.race([closing, wait(closeMs, undefined, { ref: false })])
  connection.unsafeDestroy()
}
