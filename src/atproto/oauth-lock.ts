import type { RuntimeLock } from '@atproto/oauth-client-node'

/** Runs `task` while no other process of the platform runs one of the same name. */
export type NamedLocks = { run<T>(name: string, task: () => Promise<T>): Promise<T> }

/**
 * One refresh of a session at a time: two would use the same refresh token, and that ends the session at the PDS.
 * Callers of this process queue up here first and hold no connection meanwhile: a lock held on the pool that its waiters
 * fill stands still for ever.
 */
export function createRefreshLock(locks: NamedLocks): RuntimeLock {
  const tails = new Map<string, Promise<unknown>>()
  return async (name, task) => {
    const before = tails.get(name)
    const turn = (before ?? Promise.resolve()).catch(() => {}).then(() => locks.run(name, async () => task()))
    tails.set(name, turn)
    try {
      return await turn
    } finally {
      if (tails.get(name) === turn) tails.delete(name)
    }
  }
}
