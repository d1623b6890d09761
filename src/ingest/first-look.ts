import { setTimeout as wait } from 'node:timers/promises'
import { errorText } from '../base/errors.ts'
import { type PassDeps, backfill } from './backfill.ts'
import { findCursor, storeCursor } from './cursor-store.ts'

const source = 'backfill'
const patienceMs = 10_000

export type FirstLookOptions = {
  /** What is read first must not be older than where the stream begins: else what happens in between is lost. */
  hasBegun: () => boolean
}

/**
 * A new site begins with what is there: the first backfill, once, in one process, as soon as the stream is read. Killed in
 * the middle it goes on at the next start.
 */
export async function takeFirstLook(deps: PassDeps, { hasBegun }: FirstLookOptions): Promise<void> {
  const { db, log, relayUrl, signal } = deps
  try {
    if (await findCursor(db, source)) return
    for (const until = Date.now() + patienceMs; !hasBegun() && Date.now() < until;)
      await wait(50, undefined, { signal })
    log.info('reading what is on the network already', { relay: relayUrl })
    const progress = await backfill(deps)
    await db.transaction().execute((tx) => storeCursor(tx, source, { cursor: Date.now(), host: '', restarts: false }))
    log.info('read what is on the network', progress)
  } catch (error) {
    if (!signal?.aborted)
      log.warn('the network could not be read; at the next start again', { error: errorText(error) })
  }
}
