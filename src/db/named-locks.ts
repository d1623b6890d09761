import { setTimeout as wait } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'

/** Mutual exclusion between all processes of the platform. */
export type NamedLocks = AsyncDisposable & {
  /** Runs `task` while nobody else runs one of the same name. Throws where the lock is not free after a minute and a half. */
  run<T>(name: string, task: () => T | PromiseLike<T>): Promise<T>
}

const patienceMs = 90_000
const lockSql = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as done'
const unlockSql = 'select pg_advisory_unlock(hashtextextended($1, 0)) as done'

/**
 * Advisory locks of one database session: a process that dies lets go of them at once. Callers of this process queue up
 * per name before they ask the database, so one connection holds all locks of the process and never waits in it: however
 * many slow tasks hold theirs, no pool runs dry. That connection must reach the server itself, not a transaction pooler.
 */
export function createNamedLocks(pool: Pool): NamedLocks {
  const tails = new Map<string, Promise<unknown>>()
  let session: Promise<PoolClient> | undefined
  let isOver = false

  function connect(): Promise<PoolClient> {
    session ??= pool.connect().then(
      (client) =>
        client.once('error', (error) => {
          session = undefined
          if (!isOver) client.release(error)
        }),
      (error: unknown) => {
        session = undefined
        throw error
      },
    )
    return session
  }

  // One question at a time: a connection of pg takes no other while it answers.
  let questions: Promise<unknown> = Promise.resolve()
  function ask(question: string, name: string): Promise<boolean> {
    const answer = questions.then(async () => {
      const client = await connect()
      const { rows } = await client.query<{ done: boolean }>(question, [name])
      return rows[0]?.done ?? false
    })
    questions = answer.catch(() => {})
    return answer
  }

  async function lock(name: string): Promise<void> {
    const until = Date.now() + patienceMs
    for (let pauseMs = 5; Date.now() < until; pauseMs = Math.min(200, pauseMs * 2)) {
      if (await ask(lockSql, name)) return
      await wait(pauseMs * (0.5 + Math.random()))
    }
    throw new Error(`The lock ${name} was not free for ${patienceMs / 1000} seconds`)
  }

  async function runLocked<T>(name: string, task: () => T | PromiseLike<T>): Promise<T> {
    await lock(name)
    try {
      return await task()
    } finally {
      // Where the session is lost, so is the lock.
      await ask(unlockSql, name).catch(() => {})
    }
  }

  return {
    async run(name, task) {
      const before = tails.get(name) ?? Promise.resolve()
      const turn = before.then(() => runLocked(name, task))
      const tail = turn.catch(() => {})
      tails.set(name, tail)
      try {
        return await turn
      } finally {
        if (tails.get(name) === tail) tails.delete(name)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(tails.values())
      const client = await session?.catch(() => undefined)
      isOver = true
      client?.release(true)
    },
  }
}
