import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'

type Task = (signal: AbortSignal) => Promise<void>

/**
 * Runs `task` in one process at a time, and tells it through its signal when to end. Resolves when `signal` aborts or
 * the task is done; throws what the task throws.
 */
export type Lead = (name: string, signal: AbortSignal, task: Task) => Promise<void>

const tryMs = 500

/**
 * Leadership by an advisory lock of a connection of its own: a process that dies lets go at once, and one that loses the
 * connection is told to end its task, since another may lead from then on. A database that is away is asked again.
 */
export function createLead(config: pg.ClientConfig, log: Log): Lead {
  return async (name, signal, task) => {
    while (!signal.aborted) {
      await using session = new LeadSession(config)
      try {
        if (await session.isTaken(name, signal)) await session.run(task, signal)
        if (!session.isLost) return
      } catch (error) {
        if (!session.isLost) throw error
        log.warn('leadership was lost', { lead: name, error: errorText(error) })
        await wait(tryMs, undefined, { signal }).catch(() => {})
      }
    }
  }
}

class LeadSession implements AsyncDisposable {
  readonly #client: pg.Client
  readonly #lost = new AbortController()

  constructor(config: pg.ClientConfig) {
    this.#client = new pg.Client({ connectionTimeoutMillis: 10_000, keepAlive: true, ...config })
    this.#client.on('error', () => this.#lost.abort())
    this.#client.once('end', () => this.#lost.abort())
  }

  /** The connection is, and with it the lock: another process may lead. */
  get isLost(): boolean {
    return this.#lost.signal.aborted
  }

  /** Waits until the lock is ours; false where the signal was faster. */
  async isTaken(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.connect()
      while (!signal.aborted) {
        if (await this.#tryLock(name)) return true
        await wait(tryMs, undefined, { signal }).catch(() => {})
      }
      return false
    } catch (error) {
      this.#lost.abort()
      throw error
    }
  }

  async run(task: Task, signal: AbortSignal): Promise<void> {
    await task(AbortSignal.any([signal, this.#lost.signal]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end().catch(() => {})
  }

  async #tryLock(name: string): Promise<boolean> {
    const question = 'select pg_try_advisory_lock(hashtextextended($1, 1)) as done'
    const { rows } = await this.#client.query<{ done: boolean }>(question, [name])
    return rows[0]?.done === true
  }
}
