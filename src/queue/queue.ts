import { PgBoss, fromKysely } from 'pg-boss'
import type { PoolConfig } from 'pg'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/database.ts'
import { type JobName, type JobPayloads, jobPolicies } from './jobs.ts'

type EnqueueOptions = {
  /** Of queues that let only one job per key wait. */
  key?: string
  startAfter?: Date
}

type JobHandler<Name extends JobName> = (payload: JobPayloads[Name], signal: AbortSignal) => Promise<unknown>

/** Jobs that are kept in the database: put in by a transaction, done by some process at least once, tried again when they fail. */
export type Queue = AsyncDisposable & {
  /** In the caller's transaction: the job exists when it commits, and not otherwise. */
  enqueue<Name extends JobName>(db: Db, name: Name, payload: JobPayloads[Name], options?: EnqueueOptions): Promise<void>
  /** Takes jobs of this name from now on. A handler that throws has its job tried again later. */
  work<Name extends JobName>(name: Name, handler: JobHandler<Name>): Promise<void>
  /** Throws where the queue cannot be reached. */
  check(): Promise<void>
  /** Puts a job in at these times (cron, UTC), whichever process is there. */
  schedule(name: JobName, cron: string): Promise<void>
}

export type QueueOptions = {
  connection: PoolConfig
  log: Log
  /** A process that only puts jobs in leaves upkeep and cron to the others. */
  isWorker: boolean
  schema?: string
}

const stopTimeoutMs = 10_000

/** Opens the queue over the platform's own database. */
export async function openQueue({ connection, log, isWorker, schema = 'pgboss' }: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    ...(connection as object),
    schema,
    max: 3,
    application_name: 'openmeet-queue',
    supervise: isWorker,
    schedule: isWorker,
    useListenNotify: isWorker,
    registerInstance: false,
    openTelemetry: { enabled: false },
  })
  boss.on('error', (error) => log.warn('queue', { error: errorText(error) }))
  await boss.start()
  for (const name of Object.keys(jobPolicies) as JobName[]) await ensureQueue(boss, name)

  return {
    async enqueue(db, name, payload, { key, startAfter } = {}) {
      await boss.send(name, payload, {
        db: fromKysely(db),
        ...(key !== undefined && { singletonKey: key }),
        ...(startAfter && { startAfter }),
      })
    },
    work: (name, handler) => work(boss, log, name, handler),
    check: async () => void (await boss.getQueues()),
    schedule: (name, cron) => boss.schedule(name, cron, {}, { tz: 'UTC' }),
    [Symbol.asyncDispose]: () => boss.stop({ graceful: true, timeout: stopTimeoutMs }),
  }
}

async function ensureQueue(boss: PgBoss, name: JobName): Promise<void> {
  const policy = jobPolicies[name]
  const options = {
    retryLimit: policy.retryLimit,
    retryDelay: policy.retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: policy.retryDelayMaxSeconds,
    expireInSeconds: policy.expireSeconds,
    deleteAfterSeconds: policy.keepSeconds,
    notify: true,
    ...(policy.heartbeatSeconds !== null && { heartbeatSeconds: policy.heartbeatSeconds }),
  }
  await boss.createQueue(name, { ...options, policy: policy.policy })
  await boss.updateQueue(name, options)
}

async function work<Name extends JobName>(
  boss: PgBoss,
  log: Log,
  name: Name,
  handler: JobHandler<Name>,
): Promise<void> {
  // batchSize 1 would drain at the polling rate; and after a lost NOTIFY, or for a retry, polling is what finds the job.
  const options = {
    batchSize: 10,
    perJobResults: true,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: 2,
    notifyPollingIntervalSeconds: 2,
  } as const
  await boss.work<JobPayloads[Name], unknown, typeof options>(name, options, (jobs) =>
    Promise.all(
      jobs.map(async ({ id, data, signal, retryCount }) => {
        try {
          await handler(data, signal)
          return { id, status: 'completed' as const }
        } catch (error) {
          log.warn('job failed', { job: name, id, tries: retryCount + 1, error: errorText(error) })
          return { id, status: 'failed' as const, output: { error: errorText(error) } }
        }
      }),
    ),
  )
}
