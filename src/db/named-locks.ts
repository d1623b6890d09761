import { setTimeout as wait } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'

const patienceMs = 90_000
const lockSql = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as done'
const unlockSql = 'select pg_advisory_unlock(hashtextextended($1, 0)) as done'

/**
 * Mutual exclusion between all processes of the platform, by advisory locks of one database session: a process that
 * dies lets go of them at once. Callers of this process queue up per name before they ask the database, so one
 * connection holds all locks of the process and never waits in it: however many slow tasks hold theirs, no pool runs
 * dry. That connection must reach the server itself, not a transaction pooler.
 */
export class NamedLocks implements AsyncDisposable {
  readonly #pool: Pool
  readonly #tails = new Map<string, Promise<unknown>>()
  #session: Promise<PoolClient> | undefined
  // One question at a time: a connection of pg takes no other while it answers.
  #questions: Promise<unknown> = Promise.resolve()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Runs `task` while nobody else runs one of the same name. Throws where the lock is not free after a minute and a half. */
  async run<T>(name: string, task: () => T | PromiseLike<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve()
    const turn = before.then(() => this.#runLocked(name, task))
    const tail = turn.catch(() => {})
    this.#tails.set(name, tail)
    try {
      return await turn
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#tails.values())
    const client = await this.#session?.catch(() => undefined)
    this.#session = undefined
    client?.release(true)
  }

  async #runLocked<T>(name: string, task: () => T | PromiseLike<T>): Promise<T> {
    await this.#lock(name)
    try {
      return await task()
    } finally {
      // Where the session is lost, so is the lock.
      await this.#ask(unlockSql, name).catch(() => {})
    }
  }

  async #lock(name: string): Promise<void> {
    const until = Date.now() + patienceMs
    for (let pauseMs = 5; Date.now() < until; pauseMs = Math.min(200, pauseMs * 2)) {
      if (await this.#ask(lockSql, name)) return
      await wait(pauseMs * (0.5 + Math.random()))
    }
    throw new Error(`The lock ${name} was not free for ${patienceMs / 1000} seconds`)
  }

  #ask(question: string, name: string): Promise<boolean> {
    const answer = this.#questions.then(async () => {
      const client = await this.#connect()
      const { rows } = await client.query<{ done: boolean }>(question, [name])
      return rows[0]?.done ?? false
    })
    this.#questions = answer.catch(() => {})
    return answer
  }

  #connect(): Promise<PoolClient> {
    this.#session ??= this.#open()
    return this.#session
  }

  #open(): Promise<PoolClient> {
    const session = this.#pool.connect()
    const forget = () => {
      const isCurrent = this.#session === session
      if (isCurrent) this.#session = undefined
      return isCurrent
    }
    // A connection that breaks may say so more than once.
    void session.then((client) => client.on('error', (error) => forget() && client.release(error)), forget)
    return session
  }
}
