import { setTimeout as wait } from 'node:timers/promises'
import type { Source, SourceBatch } from '../atproto/record-op.ts'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Db } from '../db/database.ts'
import type { Lead } from '../db/lead.ts'
import type { Broker } from '../queue/amqp-broker.ts'
import { AmqpPublisher } from '../queue/amqp-publisher.ts'
import { CarryOut } from './carry-out.ts'
import { type IngestMetrics, countTally } from './count-tally.ts'
import { findCursor } from './cursor-store.ts'
import { dispatchBatch } from './dispatch.ts'
import type { Tally } from './tally.ts'

/** How reading goes, for /healthz, /readyz, the metrics and the admin page. */
type IngestStats = {
  source: string
  /** `standby`: another process reads this source. */
  state: 'standby' | 'reading' | 'stopped'
  host: string
  cursor: number | undefined
  lastBatchAt: Date | undefined
  applied: number
  replayed: number
  deadLettered: number
  batches: number
}

export type IngestOptions = {
  db: Db
  log: Log
  metrics?: IngestMetrics & BrokerMetrics
  publicUrl: string
  source: Source
  lead: Lead
  /** Ops go to it, for others to take in; without it they are taken in here. */
  broker?: Broker | undefined
}

type BrokerMetrics = Pick<Metrics, 'amqpPublished' | 'amqpConfirmed' | 'amqpRefused' | 'amqpInFlight'>

export type Ingest = AsyncDisposable & { readonly stats: Readonly<IngestStats> }

const pauseMs = 1_000

/** Reads a source into the platform until disposed. Of many processes one reads; the others stand by and take over. */
export function startIngest(options: IngestOptions): Ingest {
  const { source, log, lead } = options
  const stop = new AbortController()
  const stats = emptyStats(source.name)
  const running = (async () => {
    while (!stop.signal.aborted) {
      try {
        await lead(`ingest ${source.name}`, stop.signal, (signal) => readSource(options, stats, signal))
      } catch (error) {
        if (!stop.signal.aborted) log.error('ingest', { source: source.name, error: errorText(error) })
      }
      stats.state = 'standby'
      await wait(pauseMs, undefined, { signal: stop.signal }).catch(() => {})
    }
    stats.state = 'stopped'
  })()
  return {
    stats,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

async function readSource(options: IngestOptions, stats: IngestStats, signal: AbortSignal): Promise<void> {
  const { db, log, source } = options
  const stored = await findCursor(db, source.name)
  stats.state = 'reading'
  log.info('reading', { source: source.name, cursor: stored?.cursor })
  await using road = openRoad(options, stats, signal)
  for await (const batch of source.batches(stored?.cursor, signal)) {
    for (const { reason, detail } of batch.notices) log.warn('source', { source: source.name, reason, detail })
    await road.take(batch)
    stats.host = batch.host
    stats.cursor = batch.cursor
    stats.lastBatchAt = new Date()
    stats.batches++
  }
}

type Road = AsyncDisposable & { take(batch: SourceBatch): Promise<void> }

/** Where batches go: to the broker, or into the database at once. */
function openRoad(options: IngestOptions, stats: IngestStats, signal: AbortSignal): Road {
  const { broker, source } = options
  if (!broker) {
    return {
      async take(batch) {
        note(options, stats, await dispatchBatch({ ...options, signal }, source.name, batch))
      },
      async [Symbol.asyncDispose]() {},
    }
  }
  const publisher = new AmqpPublisher({ ...options, broker })
  const out = new CarryOut({ ...options, source: source.name, publisher, signal })
  return { take: (batch) => out.carry(batch), [Symbol.asyncDispose]: () => publisher[Symbol.asyncDispose]() }
}

function note({ metrics }: IngestOptions, stats: IngestStats, tally: Tally): void {
  stats.applied += tally.applied
  stats.replayed += tally.replayed
  stats.deadLettered += tally.deadLettered
  countTally(metrics, stats.source, tally)
}

function emptyStats(source: string): IngestStats {
  const counts = { applied: 0, replayed: 0, deadLettered: 0, batches: 0 }
  return { source, state: 'standby', host: '', cursor: undefined, lastBatchAt: undefined, ...counts }
}
