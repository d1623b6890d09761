import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

/** Runs `task` in one process at a time, and tells it through its signal when to end. Resolves when `signal` aborts. */
export type Lead = (name: string, signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>) => Promise<void>

const tryMs = 500

/**
 * Leadership by an advisory lock of a connection of its own: a process that dies lets go at once, and one that loses the
 * connection is told to end its task, since another may lead from then on.
 */
export function createLead(config: pg.ClientConfig): Lead {
  return async (name, signal, task) => {
    for (let isOver = false; !isOver && !signal.aborted;) {
      const client = new pg.Client({ connectionTimeoutMillis: 10_000, keepAlive: true, ...config })
      const lost = new AbortController()
      client.on('error', () => lost.abort())
      client.once('end', () => lost.abort())
      try {
        await client.connect()
        if (await isTaken(client, name, signal)) await task(AbortSignal.any([signal, lost.signal]))
        isOver = !lost.signal.aborted
      } finally {
        await client.end().catch(() => {})
      }
    }
  }
}

/** Waits until the lock is ours; false where the signal was faster. */
async function isTaken(client: pg.Client, name: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const { rows } = await client.query<{ done: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 1)) as done',
      [name],
    )
    if (rows[0]?.done) return true
    await wait(tryMs, undefined, { signal }).catch(() => {})
  }
  return false
}
