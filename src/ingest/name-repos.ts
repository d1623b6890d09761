import { eventCollection, rsvpCollection } from '../atproto/collections.ts'
import type { Fetch } from '../atproto/guarded-fetch.ts'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/database.ts'
import { listRepos } from './list-repos.ts'
import { listKnownRepos } from './read-ledger.ts'
import { type RepoRun, addRepos, beginReading } from './repo-run-store.ts'

export type NameDeps = {
  db: Db
  log: Log
  /** For the relay the operator has named. */
  operatorFetch: Fetch
  relayUrl: string
  signal?: AbortSignal | undefined
}

/**
 * Names the repos of a pass: those a relay knows to have events or answers and, unless it is a backfill, those that
 * something is known of here. Done again it adds nothing. A relay that does not answer makes a backfill fail; another pass
 * goes on without, and says so.
 */
export async function nameRepos(deps: NameDeps, run: RepoRun): Promise<void> {
  const { db } = deps
  if (run.kind !== 'backfill') for await (const known of listKnownRepos(db)) await addRepos(db, run.id, known)
  const error = await nameByRelay(deps, run)
  await beginReading(db, run.id, error)
}

async function nameByRelay(deps: NameDeps, run: RepoRun): Promise<string | undefined> {
  const { db, log, operatorFetch, relayUrl, signal } = deps
  try {
    for (const collection of [eventCollection, rsvpCollection]) {
      for await (const dids of listRepos(operatorFetch, relayUrl, collection)) {
        signal?.throwIfAborted()
        await addRepos(db, run.id, dids, run.kind === 'backfill' ? collection : null)
      }
    }
    return undefined
  } catch (error) {
    if (signal?.aborted || run.kind === 'backfill') throw error
    log.warn('the relay named no repos', { relay: relayUrl, run: run.id, error: errorText(error) })
    return errorText(error)
  }
}
