import { setTimeout as wait } from 'node:timers/promises'
import { IdentityError } from '../atproto/identity-error.ts'
import { errorText } from '../base/errors.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import { notify } from '../db/notify.ts'
import { backfillRepo } from './backfill-repo.ts'
import { HostPausedError } from './host-gate.ts'
import { type RepoDeps, reconcileRepo } from './reconcile-repo.ts'
import {
  type LeasedRead,
  type ReadEnd,
  type RepoRun,
  type RunProgress,
  endRead,
  findNextRead,
  finishRun,
  leaseReads,
  putReadOff,
  readProgress,
  renewReads,
  renewReadsEveryMs,
} from './repo-run-store.ts'

export type RunDeps = RepoDeps & {
  metrics?: RepoDeps['metrics'] & Pick<Metrics, 'reconciliationErrors' | 'repoReads'>
}

export type WorkOptions = { onProgress?: ((progress: RunProgress) => void) | undefined; retryMs?: number }

/** Repos that are begun at once. Far more than may ask at once: those of a slow host wait for it, and for nothing else. */
const atOnce = 128
const maxAttempts = 6
const firstRetryMs = 2_000
const maxRetryMs = 10 * 60_000
const progressMs = 500

/** Reads the repos of a pass until none waits, beside whoever else does. Ends early where the signal says so. */
export async function workRun(deps: RunDeps, run: RepoRun, options: WorkOptions = {}): Promise<RunProgress> {
  const worker = new RunWorker(deps, run, options)
  await worker.work()
  await finishRun(deps.db, run.id)
  return readProgress(deps.db, run.id)
}

class RunWorker {
  readonly #deps: RunDeps
  readonly #run: RepoRun
  readonly #options: WorkOptions
  readonly #underWay = new Map<string, Promise<void>>()
  #saidAt = 0

  constructor(deps: RunDeps, run: RepoRun, options: WorkOptions) {
    this.#deps = deps
    this.#run = run
    this.#options = options
  }

  async work(): Promise<void> {
    const { db, signal } = this.#deps
    const leases = new Set<string>()
    const renewing = setInterval(
      () => void renewReads(db, this.#run.id, [...leases]).catch(() => {}),
      renewReadsEveryMs,
    )
    try {
      while (!signal?.aborted) {
        // Many at a time: each lease is a question.
        const room = this.#underWay.size <= atOnce / 2 ? atOnce - this.#underWay.size : 0
        const reads = room > 0 ? await leaseReads(db, this.#run.id, room) : []
        for (const read of reads) {
          leases.add(read.lease)
          this.#begin(read)
        }
        await this.#tell()
        if (this.#underWay.size > 0) await Promise.race(this.#underWay.values())
        else if (!(await this.#waitForMore())) return
      }
      signal?.throwIfAborted()
    } finally {
      clearInterval(renewing)
      await Promise.allSettled(this.#underWay.values())
      await this.#tell(true)
    }
  }

  #begin(read: LeasedRead): void {
    const work = this.#read(read).finally(() => this.#underWay.delete(read.did))
    // Its own failure is not lost: whoever waits for the others meets it as well.
    work.catch(() => {})
    this.#underWay.set(read.did, work)
  }

  /** False where none is left. */
  async #waitForMore(): Promise<boolean> {
    const at = await findNextRead(this.#deps.db, this.#run.id)
    if (!at) return false
    const ms = Math.min(1_000, Math.max(10, at.getTime() - Date.now()))
    await wait(ms, undefined, { signal: this.#deps.signal }).catch(() => {})
    return true
  }

  async #read(read: LeasedRead): Promise<void> {
    const { db, metrics, signal } = this.#deps
    try {
      const end = await this.#readRepo(read)
      await endRead(db, read, end)
      metrics?.repoReads.inc({ kind: this.#run.kind, outcome: end.state })
    } catch (error) {
      if (signal?.aborted) return
      await this.#fail(read, error)
    }
  }

  #readRepo({ did, collections }: LeasedRead): Promise<ReadEnd> {
    const { kind, isDryRun } = this.#run
    if (kind === 'backfill') return backfillRepo(this.#deps, did, collections)
    return reconcileRepo(this.#deps, did, { isDryRun })
  }

  async #fail(read: LeasedRead, error: unknown): Promise<void> {
    const { db, log, metrics } = this.#deps
    const text = errorText(error)
    if (error instanceof HostPausedError)
      return putReadOff(db, read, { dueAt: error.until, error: text, isAttempt: false })
    const isFinal = read.attempts >= maxAttempts || (error instanceof IdentityError && !error.shouldRetry())
    log.warn('repo not read', { did: read.did, run: read.runId, attempt: read.attempts, error: text })
    if (!isFinal) return putReadOff(db, read, { dueAt: this.#retryAt(read), error: text, isAttempt: true })
    await endRead(db, read, { state: 'failed', error: text })
    metrics?.reconciliationErrors.inc()
    metrics?.repoReads.inc({ kind: this.#run.kind, outcome: 'failed' })
  }

  #retryAt({ attempts }: LeasedRead): Date {
    const { retryMs = firstRetryMs } = this.#options
    return new Date(
      Date.now() + backoffMs(attempts, { firstMs: retryMs, maxMs: maxRetryMs }, () => 0.5 + Math.random() / 2),
    )
  }

  async #tell(isLast = false): Promise<void> {
    const { onProgress } = this.#options
    if (!isLast && Date.now() - this.#saidAt < progressMs) return
    this.#saidAt = Date.now()
    const { db } = this.#deps
    try {
      await notify(db, 'live', 'ingest')
      onProgress?.(await readProgress(db, this.#run.id))
    } catch {
      // Who looks on must not keep the work from going on.
    }
  }
}
