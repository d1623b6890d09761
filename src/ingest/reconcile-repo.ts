import { parseAtUri } from '../atproto/at-uri.ts'
import { eventCollection, rsvpCollection } from '../atproto/collections.ts'
import type { Identities } from '../atproto/identity.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import { AskError, type Asker, askPds } from './ask-pds.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch.ts'
import { type ListedRecord, type Listing, listRecords, toListedOp } from './list-records.ts'
import { type LedgerEntry, readEntries, readLiveEntries } from './read-ledger.ts'
import { type ReadEnd, findReadRev, storeReadRev } from './repo-run-store.ts'

export type RepoDeps = DispatchDeps &
  Asker & {
    identities: Pick<Identities, 'resolveDid'>
  }

export type ReconcileOptions = {
  /** Only count: nothing is changed here. */
  isDryRun?: boolean
  /** Look even where the repo has not changed since it was read. */
  isThorough?: boolean
}

export const calendarCollections = [eventCollection, rsvpCollection] as const

/**
 * Brings what is known of a repo to what is in it: what is missing here or out of date is taken in, and what is not there
 * any more is deleted here, by ops like any other. A record counts as gone only after its whole collection was listed
 * without an error. Throws AskError, HostPausedError and IdentityError; then nothing was deleted.
 */
export async function reconcileRepo(deps: RepoDeps, did: string, options: ReconcileOptions = {}): Promise<ReadEnd> {
  const found = await findRepo(deps, did)
  if ('away' in found) return { state: 'away', error: found.away }
  const { pdsUrl, rev } = found
  if (!options.isThorough && (await findReadRev(deps.db, did)) === rev) return { state: 'unchanged' }
  const pass = new Pass(deps, { did, pdsUrl, rev, isDryRun: options.isDryRun ?? false })
  for (const collection of calendarCollections) await pass.read(collection)
  if (!options.isDryRun && pass.isComplete) await storeReadRev(deps.db, did, rev)
  return { state: 'read', ...pass.counts }
}

type FoundRepo = { pdsUrl: string; rev: string } | { away: string }

const awayCodes = new Set(['RepoNotFound', 'RepoDeactivated', 'RepoTakendown', 'RepoSuspended', 'AccountDeactivated'])

/** Where the repo is and at which rev, or that its host does not serve it now: that says nothing of its records. */
async function findRepo(deps: RepoDeps, did: string): Promise<FoundRepo> {
  const known = await deps.identities.resolveDid(did)
  const first = await askRev(deps, did, known.pdsUrl)
  if (!('away' in first)) return first
  // It may have moved without our having heard of it.
  const fresh = await deps.identities.resolveDid(did, { fresh: true })
  return fresh.pdsUrl === known.pdsUrl ? first : askRev(deps, did, fresh.pdsUrl)
}

async function askRev(deps: RepoDeps, did: string, pdsUrl: string | null): Promise<FoundRepo> {
  if (pdsUrl === null) return { away: 'its DID document names no server' }
  try {
    const { rev } = await askPds(deps, pdsUrl, 'com.atproto.sync.getLatestCommit', { did })
    if (typeof rev === 'string' && rev !== '') return { pdsUrl, rev }
    throw new AskError(`${new URL(pdsUrl).host} names no rev of ${did}`)
  } catch (error) {
    if (error instanceof AskError && awayCodes.has(error.code)) return { away: error.message }
    throw error
  }
}

type PassOptions = { did: string; pdsUrl: string; rev: string; isDryRun: boolean }

/** One look at a repo, collection by collection. `rev`: of the repo before anything of it was listed. */
class Pass {
  readonly counts = { missingHere: 0, stale: 0, missingThere: 0, applied: 0 }
  isComplete = true
  readonly #deps: RepoDeps
  readonly #options: PassOptions

  constructor(deps: RepoDeps, options: PassOptions) {
    this.#deps = deps
    this.#options = options
  }

  async read(collection: string): Promise<void> {
    const listing: Listing = { ...this.#options, collection }
    const listed = new Set<string>()
    let isWhole = true
    for await (const page of listRecords(this.#deps, listing)) {
      for (const { uri } of page.records) listed.add(uri)
      isWhole &&= page.isWhole
      await this.#takePage(listing, page.records)
    }
    // Somebody lists what is not theirs, or nothing that can be named: not a listing to delete by.
    if (isWhole) await this.#takeMissing(listing, listed)
    this.isComplete &&= isWhole
  }

  async #takePage(listing: Listing, records: readonly ListedRecord[]): Promise<void> {
    const entries = await readEntries(
      this.#deps.db,
      records.map(({ uri }) => uri),
    )
    const differing = records.filter((record) => this.#differs(record, entries.get(record.uri)))
    for (const { uri } of differing) this.counts[isThere(entries.get(uri)) ? 'stale' : 'missingHere']++
    await this.#dispatch(differing.map((record) => toListedOp(listing, record, this.#options.rev)))
  }

  /** Whether the listing says something new. What came here by a later commit is newer than it. */
  #differs({ cid }: ListedRecord, entry: LedgerEntry | undefined): boolean {
    if (!entry) return true
    if (!entry.isDeleted && cid !== undefined && entry.cid === cid) return false
    return entry.rev === null || entry.rev < this.#options.rev
  }

  async #takeMissing(listing: Listing, listed: ReadonlySet<string>): Promise<void> {
    const { did, rev } = this.#options
    for await (const entries of readLiveEntries(this.#deps.db, did, listing.collection)) {
      const absent = entries.filter(({ uri, isWaiting }) => !listed.has(uri) && !isWaiting)
      const gone = absent.filter((entry) => entry.rev === null || entry.rev < rev)
      // A server that stands before what we have is no witness of what is there now.
      if (gone.length < absent.length) this.isComplete = false
      this.counts.missingThere += gone.length
      await this.#dispatch(gone.map(({ uri }) => toDelete(uri, rev)))
    }
  }

  async #dispatch(ops: readonly RecordOp[]): Promise<void> {
    if (ops.length === 0 || this.#options.isDryRun) return
    const messages = ops.map((op) => ({ cursor: 0, op }))
    const tally = await dispatchBatch(this.#deps, 'reconcile', { messages })
    this.counts.applied += tally.applied
  }
}

function isThere(entry: LedgerEntry | undefined): boolean {
  return entry !== undefined && !entry.isDeleted
}

function toDelete(uri: string, rev: string): RecordOp {
  const { did, collection, rkey } = parseAtUri(uri) ?? notOurs(uri)
  return { kind: 'record', did, collection, rkey, action: 'delete', rev, verified: 'no', live: false }
}

function notOurs(uri: string): never {
  throw new Error(`${uri} is no address of a record`)
}
