import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600, 3600]

/**
 * The platform's metrics in one registry per process.
 * Labels come from fixed lists only: nothing a stranger writes becomes a label.
 */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    ...createSpecifiedMetrics(registers),
    ...createReadingMetrics(registers),
    ...createFlowMetrics(registers),
    ...createBrokerMetrics(registers),
    ...createSiteMetrics(registers),
  }
}

export type Metrics = ReturnType<typeof createMetrics>

/** The specification’s, literal names. */
function createSpecifiedMetrics(registers: Registry[]) {
  return {
    eventsPublished: new Counter({
      name: 'openmeet_events_published_total',
      help: 'Records written to a PDS',
      labelNames: ['collection', 'action'],
      registers,
    }),
    eventsConsumed: new Counter({
      name: 'openmeet_events_consumed_total',
      help: 'Ops read from the network',
      labelNames: ['collection', 'outcome'],
      registers,
    }),
    syncConflicts: new Counter({
      name: 'openmeet_sync_conflicts_total',
      help: 'Edits on both sides that overlapped',
      registers,
    }),
    reconciliationErrors: new Counter({
      name: 'openmeet_reconciliation_errors_total',
      help: 'Repos a reconciliation could not read or repair',
      registers,
    }),
    syncLatency: new Histogram({
      name: 'openmeet_sync_latency_seconds',
      help: 'From the commit in the repo to its effect here',
      buckets: seconds,
      registers,
    }),
    eventPublishDuration: new Histogram({
      name: 'openmeet_event_publish_duration_seconds',
      help: 'From the edit here to the record on the PDS',
      buckets: seconds,
      registers,
    }),
    seriesDetectionAccuracy: new Gauge({
      name: 'openmeet_series_detection_accuracy',
      help: 'Accepted of decided proposals',
      labelNames: ['source'],
      registers,
    }),
  }
}

/** Of what is read, and how far it is to be believed. */
function createReadingMetrics(registers: Registry[]) {
  return {
    recordsVerified: new Counter({
      name: 'openmeet_records_verified_total',
      help: 'Ops and records whose author’s signature was checked: by their commit, or by a proof from the author’s PDS',
      labelNames: ['how'],
      registers,
    }),
    gaps: new Counter({
      name: 'openmeet_gaps_total',
      help: 'Gaps in what was read, counted when their healing begins',
      labelNames: ['reason'],
      registers,
    }),
    openGaps: new Gauge({
      name: 'openmeet_gaps_open',
      help: 'Gaps that are not healed',
      labelNames: ['state'],
      registers,
    }),
    repoReads: new Counter({
      name: 'openmeet_repo_reads_total',
      help: 'Repos read by passes',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
  }
}

/** Of what goes in and out. */
function createFlowMetrics(registers: Registry[]) {
  return {
    sourceLag: new Gauge({
      name: 'openmeet_source_lag_seconds',
      help: 'How far behind the source the last stored op is',
      labelNames: ['source'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'openmeet_dead_letters_total',
      help: 'Ops put aside',
      labelNames: ['reason'],
      registers,
    }),
    publishFailures: new Counter({
      name: 'openmeet_publish_failures_total',
      help: 'Writes to a PDS that failed',
      labelNames: ['kind'],
      registers,
    }),
    outboxAge: new Gauge({
      name: 'openmeet_outbox_oldest_seconds',
      help: 'Age of the oldest write that waits',
      registers,
    }),
    outboxDepth: new Gauge({ name: 'openmeet_outbox_depth', help: 'Writes that wait', registers }),
    openBreakers: new Gauge({
      name: 'openmeet_breakers_open',
      help: 'PDS hosts that are left alone for now',
      registers,
    }),
  }
}

/** Of ops on their way through RabbitMQ. */
function createBrokerMetrics(registers: Registry[]) {
  return {
    amqpPublished: new Counter({
      name: 'openmeet_amqp_published_total',
      help: 'Messages given to RabbitMQ, each try',
      registers,
    }),
    amqpConfirmed: new Counter({
      name: 'openmeet_amqp_confirmed_total',
      help: 'Messages RabbitMQ has confirmed',
      registers,
    }),
    amqpRefused: new Counter({
      name: 'openmeet_amqp_refused_total',
      help: 'Tries that RabbitMQ refused (a full queue) or lost with the connection',
      registers,
    }),
    amqpRedelivered: new Counter({
      name: 'openmeet_amqp_redelivered_total',
      help: 'Messages RabbitMQ gave out once more',
      registers,
    }),
    amqpInFlight: new Gauge({
      name: 'openmeet_amqp_in_flight',
      help: 'Messages not confirmed yet (publisher), or not acknowledged yet (processor)',
      labelNames: ['side'],
      registers,
    }),
  }
}

/** Of people and programs. */
function createSiteMetrics(registers: Registry[]) {
  return {
    shadowAccountsCreated: new Counter({
      name: 'openmeet_shadow_accounts_created_total',
      help: 'Accounts made for repos seen on the network',
      registers,
    }),
    shadowAccountsClaimed: new Counter({
      name: 'openmeet_shadow_accounts_claimed_total',
      help: 'Shadow accounts whose person signed in',
      registers,
    }),
    httpDuration: new Histogram({
      name: 'openmeet_http_request_duration_seconds',
      help: 'Time to answer a request',
      labelNames: ['route', 'method', 'status'],
      buckets: seconds.slice(0, 11),
      registers,
    }),
  }
}
