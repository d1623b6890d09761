import { AskError } from './ask-pds.ts'
import { dispatchBatch } from './dispatch.ts'
import { type ListedRecord, type Listing, listRecords, toListedOp } from './list-records.ts'
import { readEntries } from './read-ledger.ts'
import { type RepoDeps, calendarCollections, reconcileRepo } from './reconcile-repo.ts'
import { type ReadEnd, findReadRev } from './repo-run-store.ts'

/** Before every rev: any op of such a record that ever comes counts as newer. */
export const earliestRev = '2222222222222'

/**
 * Takes in what is not known yet of the collections that a relay says a repo has, in one request for most. What it finds
 * is taken in with the earliest of all revs, which is sound for records that nothing is known of; where anything differs
 * from what is known the repo is reconciled, which costs three requests more (decision 0016). Throws as reconcileRepo.
 */
export async function backfillRepo(
  deps: RepoDeps,
  did: string,
  collections: readonly string[] | null,
): Promise<ReadEnd> {
  const readRev = await findReadRev(deps.db, did)
  // Read before: one request tells whether there is anything to read.
  if (readRev !== undefined || collections === null) return reconcileRepo(deps, did)
  const { pdsUrl } = await deps.identities.resolveDid(did)
  if (pdsUrl === null) return { state: 'away', error: 'its DID document names no server' }
  try {
    const counts = { missingHere: 0, applied: 0 }
    for (const collection of calendarCollections.filter((name) => collections.includes(name))) {
      if (!(await readQuickly(deps, { did, pdsUrl, collection }, counts)))
        return await reconcileRepo(deps, did, { isThorough: true })
    }
    return { state: 'read', ...counts }
  } catch (error) {
    // The repo may be away, or may have moved: that takes more questions.
    if (error instanceof AskError && isRefusal(error)) return reconcileRepo(deps, did)
    throw error
  }
}

function isRefusal({ status = 0 }: AskError): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** False where something differs from what is known. */
async function readQuickly(
  deps: RepoDeps,
  listing: Listing,
  counts: { missingHere: number; applied: number },
): Promise<boolean> {
  for await (const { records } of listRecords(deps, listing, { isQuick: true })) {
    const unknown = await findUnknown(deps, records)
    if (unknown === 'differs') return false
    counts.missingHere += unknown.length
    counts.applied += await take(deps, listing, unknown)
  }
  return true
}

/** The records of the page that the ledger has no row of; `differs` where it says something else of another. */
async function findUnknown(deps: RepoDeps, records: readonly ListedRecord[]): Promise<ListedRecord[] | 'differs'> {
  const entries = await readEntries(
    deps.db,
    records.map(({ uri }) => uri),
  )
  const differs = records.some(({ uri, cid }) => {
    const entry = entries.get(uri)
    return entry && (entry.isDeleted || cid === undefined || entry.cid !== cid)
  })
  return differs ? 'differs' : records.filter(({ uri }) => !entries.has(uri))
}

async function take(deps: RepoDeps, listing: Listing, records: readonly ListedRecord[]): Promise<number> {
  if (records.length === 0) return 0
  const messages = records.map((record) => ({ cursor: 0, op: toListedOp(listing, record, earliestRev) }))
  return (await dispatchBatch(deps, 'backfill', { messages })).applied
}
