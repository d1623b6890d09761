import { setTimeout as wait } from 'node:timers/promises'
import type { BadOp, RecordOp, SourceMessage } from '../atproto/record-op.ts'
import { errorText } from '../base/errors.ts'
import { backoffMs } from '../base/retry.ts'
import type { Broker } from '../queue/amqp-broker.ts'
import { type ConsumerOptions, type Delivery, consumeQueues } from '../queue/amqp-consumer.ts'
import { type IngestMetrics, countTally } from './count-tally.ts'
import { readCarriedMessage } from './carry-message.ts'
import { type DeadOp, putAside } from './dead-letter-store.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch.ts'

export type CarryInOptions = Omit<DispatchDeps, 'metrics' | 'signal' | 'again'> & {
  broker: Broker
  metrics?: (IngestMetrics & ConsumerOptions['metrics']) | undefined
}

/**
 * Takes ops out of the queues and in by the same road as without a broker, until disposed; and what was given up, out of
 * the dead queue to the dead letters. Any number of processes may: each queue is read by one of them at a time.
 */
export function startCarryIn(options: CarryInOptions): AsyncDisposable {
  const { broker, log, metrics } = options
  const { queues, deadQueue } = broker.topology
  const stop = new AbortController()
  const takeIn = (batch: readonly Delivery[], signal: AbortSignal) => dispatchDeliveries(options, batch, signal)
  const giveUp = (batch: readonly Delivery[], signal: AbortSignal) => putDeliveriesAside(options, batch, signal)
  const running = Promise.all([
    consumeQueues({ broker, queues, take: takeIn, log, metrics }, stop.signal),
    consumeQueues({ broker, queues: [deadQueue], take: giveUp, log }, stop.signal),
  ])
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

/** One transaction, or more where messages of several sources stand together. */
async function dispatchDeliveries(
  options: CarryInOptions,
  batch: readonly Delivery[],
  signal: AbortSignal,
): Promise<void> {
  for (const { source, messages } of bySource(batch)) {
    const { metrics, ...deps } = options
    const tally = await dispatchBatch({ ...deps, ...(metrics && { metrics }), signal }, source, { messages })
    countTally(metrics, source, tally)
  }
}

/** In order: a new part begins where the source changes. */
function bySource(batch: readonly Delivery[]): { source: string; messages: SourceMessage[] }[] {
  const parts: { source: string; messages: SourceMessage[] }[] = []
  for (const { body } of batch) {
    const { source, message } = readCarriedMessage(body)
    const last = parts.at(-1)
    if (last && last.source === source) last.messages.push(message)
    else parts.push({ source, messages: [message] })
  }
  return parts
}

const backoff = { firstMs: 100, maxMs: 10_000 }

/** Waits for the database as long as it takes. Throws only the signal's reason. */
async function putDeliveriesAside(
  options: CarryInOptions,
  batch: readonly Delivery[],
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await storeLetters(options, batch)
    } catch (error) {
      options.log.warn('dead letters not stored', { attempt, error: errorText(error) })
    }
    await wait(backoffMs(attempt, backoff), undefined, { signal })
  }
}

async function storeLetters({ db, log, metrics }: CarryInOptions, batch: readonly Delivery[]): Promise<void> {
  const letters = batch.map(({ body }) => toLetter(body))
  const stored = await db.transaction().execute(async (tx) => {
    const each = []
    for (const letter of letters) each.push(await putAside(tx, letter))
    return each
  })
  for (const { reason, isNew } of stored) metrics?.deadLetters.inc({ reason }, isNew ? 1 : 0)
  log.warn('messages were given up: they ended whoever took them in', { count: batch.length })
}

function toLetter(body: unknown): DeadOp {
  const { op } = readCarriedMessage(body).message
  const error = 'given out too often without being taken in'
  return { op: isLetterOp(op) ? op : toBad(body, error), reason: 'delivery-limit', error }
}

function isLetterOp(op: SourceMessage['op']): op is RecordOp | BadOp {
  return op.kind === 'record' || op.kind === 'bad'
}

function toBad(raw: unknown, error: string): BadOp {
  return { kind: 'bad', reason: 'delivery-limit', error, raw }
}
