import { setTimeout as wait } from 'node:timers/promises'
import type { Source, SourceBatch } from '../atproto/record-op.ts'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Db } from '../db/database.ts'
import type { Lead } from '../db/lead.ts'
import { tidTime } from '../base/tid.ts'
import type { Broker } from '../queue/amqp-broker.ts'
import { AmqpPublisher } from '../queue/amqp-publisher.ts'
import { findBeginning, noticeHost } from './begin-reading.ts'
import { CarryOut } from './carry-out.ts'
import { type IngestMetrics, countTally } from './count-tally.ts'
import { dispatchBatch } from './dispatch.ts'
import { FloodGate } from './flood-gate.ts'
import { IngestMinutes } from './ingest-minutes.ts'
import { Tally } from './tally.ts'

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
  const beginning = await findBeginning(db, source)
  stats.state = 'reading'
  log.info('reading', { source: source.name, cursor: beginning.cursor })
  const gate = new FloodGate()
  await using road = openRoad(options, stats, signal)
  await using minutes = new IngestMinutes({ db, log, source: source.name })
  for await (const read of source.batches(beginning.cursor, signal)) {
    const told = [...beginning.notices.splice(0), ...noticeHost(beginning.host, read.host), ...read.notices]
    const batch = gate.sift({ ...read, notices: told })
    for (const { reason, did, detail } of batch.notices)
      log.warn('source', { source: source.name, reason, did, detail })
    const { applied, deadLettered } = await road.take(batch)
    beginning.host = read.host || beginning.host
    minutes.add({ ops: read.messages.length, applied, deadLettered }, { host: read.host, lagMs: lagOf(read) })
    stats.host = batch.host
    stats.cursor = batch.cursor
    stats.lastBatchAt = new Date()
    stats.batches++
  }
}

/** How long ago the last of the batch's live ops was committed. */
function lagOf({ messages }: SourceBatch): number | undefined {
  const last = messages.findLast(({ op }) => op.kind === 'record' && op.live)?.op
  const committedAt = last?.kind === 'record' ? tidTime(last.rev) : undefined
  return committedAt && Math.max(0, Date.now() - committedAt.getTime())
}

type Road = AsyncDisposable & { take(batch: SourceBatch): Promise<Tally> }

/** Where batches go: to the broker, or into the database at once. */
function openRoad(options: IngestOptions, stats: IngestStats, signal: AbortSignal): Road {
  const { broker, source } = options
  if (!broker) {
    return {
      async take(batch) {
        const tally = await dispatchBatch({ ...options, signal }, source.name, batch)
        note(options, stats, tally)
        return tally
      },
      async [Symbol.asyncDispose]() {},
    }
  }
  const publisher = new AmqpPublisher({ ...options, broker })
  const out = new CarryOut({ ...options, source: source.name, publisher, signal })
  return {
    async take(batch) {
      await out.carry(batch)
      if (source.isAcknowledged) await out.settle()
      return new Tally()
    },
    [Symbol.asyncDispose]: () => publisher[Symbol.asyncDispose](),
  }
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
