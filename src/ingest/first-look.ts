import { errorText } from '../base/errors.ts'
import { type BackfillDeps, backfill } from './backfill.ts'
import { findCursor, storeCursor } from './cursor-store.ts'

const source = 'backfill'

/**
 * A new site begins with what is there: the first backfill, once, in one process. Killed in the middle it begins again at
 * the next start, which costs time and changes nothing.
 */
export async function takeFirstLook(deps: BackfillDeps): Promise<void> {
  const { db, log, relayUrl } = deps
  try {
    if (await findCursor(db, source)) return
    log.info('reading what is on the network already', { relay: relayUrl })
    const progress = await backfill(deps)
    await db.transaction().execute((tx) => storeCursor(tx, source, { cursor: Date.now(), host: '', restarts: false }))
    log.info('read what is on the network', progress)
  } catch (error) {
    if (!deps.signal?.aborted)
      log.warn('the network could not be read; at the next start again', { error: errorText(error) })
  }
}
