import { eventCollection, rsvpCollection } from '../atproto/collections.ts'
import type { Fetch } from '../atproto/guarded-fetch.ts'
import type { Identities } from '../atproto/identity.ts'
import { errorText } from '../base/errors.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch.ts'
import { listRepos } from './list-repos.ts'
import { readRepo } from './read-repo.ts'

export type BackfillDeps = DispatchDeps & {
  identities: Pick<Identities, 'resolveDid'>
  /** Guarded: PDSes are named by strangers. */
  fetch: Fetch
  /** For the relay the operator has named. */
  operatorFetch: Fetch
  relayUrl: string
}

export type BackfillProgress = { repos: number; done: number; applied: number; failed: number }

export type BackfillOptions = {
  /** Only these repos; the relay is not asked. */
  dids?: readonly string[]
  concurrency?: number
  onProgress?: (progress: Readonly<BackfillProgress>) => void
}

/**
 * Reads what is on the network already: of every repo that the relay knows to have events or answers, all of them. Doing
 * it again changes nothing. A repo that cannot be read is counted, logged and left for the next time; nothing is deleted.
 */
export async function backfill(deps: BackfillDeps, options: BackfillOptions = {}): Promise<BackfillProgress> {
  const progress: BackfillProgress = { repos: 0, done: 0, applied: 0, failed: 0 }
  const repos = await findRepos(deps, options.dids)
  progress.repos = repos.length
  const waiting = repos.values()
  const workers = Array.from({ length: options.concurrency ?? 8 }, async () => {
    for (const did of waiting) {
      deps.signal?.throwIfAborted()
      await backfillRepo(deps, did, progress)
      progress.done++
      options.onProgress?.(progress)
    }
  })
  await Promise.all(workers)
  return progress
}

async function findRepos({ operatorFetch, relayUrl }: BackfillDeps, dids?: readonly string[]): Promise<string[]> {
  const found = new Set(dids)
  if (dids) return [...found]
  for (const collection of [eventCollection, rsvpCollection])
    for await (const did of listRepos(operatorFetch, relayUrl, collection)) found.add(did)
  return [...found]
}

async function backfillRepo(deps: BackfillDeps, did: string, progress: BackfillProgress): Promise<void> {
  const { identities, fetch, log, signal } = deps
  try {
    const { pdsUrl } = await identities.resolveDid(did)
    if (!pdsUrl) return
    for (const collection of [eventCollection, rsvpCollection]) {
      for await (const ops of readRepo(fetch, { did, pdsUrl, collection })) {
        const tally = await dispatchBatch(deps, 'backfill', { messages: ops.map((op) => ({ cursor: 0, op })) })
        progress.applied += tally.applied
      }
    }
  } catch (error) {
    if (signal?.aborted) throw error
    progress.failed++
    log.warn('repo not read', { did, error: errorText(error) })
  }
}
