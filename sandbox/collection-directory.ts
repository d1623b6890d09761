import { type Answer, json, xrpcError } from './loopback-server.ts'
import type { RelayLog } from './relay-log.ts'

/** Which repos have records of a collection: what com.atproto.sync.listReposByCollection of a relay tells and no PDS does. */
export class CollectionDirectory {
  readonly #pdsUrl: string
  readonly #didsOf = new Map<string, Set<string>>()
  #asking: Promise<void> | undefined

  constructor(pdsUrl: string, log: RelayLog) {
    this.#pdsUrl = pdsUrl
    log.follow({
      onEvent: ({ op }) => {
        if (op.kind === 'record' && op.action !== 'delete') this.#add(op.collection, op.did)
        // A repo that is gone is listed no longer; one whose last record was deleted still is, as at real relays.
        if (op.kind === 'account' && op.status === 'deleted')
          for (const dids of this.#didsOf.values()) dids.delete(op.did)
      },
    })
  }

  async answer({ searchParams: query }: URL): Promise<Answer> {
    const collection = query.get('collection')
    const limit = Number(query.get('limit') ?? 500)
    if (!collection) return xrpcError('InvalidRequest', 'collection is required')
    if (!Number.isInteger(limit) || limit < 1 || limit > 2000) return xrpcError('InvalidRequest', 'limit is 1 to 2000')
    const dids = await this.list(collection)
    const rest = dids.filter((did) => did > (query.get('cursor') ?? ''))
    const page = rest.slice(0, limit)
    return json({ repos: page.map((did) => ({ did })), ...(rest.length > limit && { cursor: page.at(-1) }) })
  }

  async list(collection: string): Promise<string[]> {
    // Frames older than the PDS keeps were never seen here.
    this.#asking ??= this.#askPds().catch((error) => {
      this.#asking = undefined
      throw error
    })
    await this.#asking
    return Array.from(this.#didsOf.get(collection) ?? []).sort()
  }

  async #askPds(): Promise<void> {
    const { repos } = await getXrpc<{ repos: { did: string; active?: boolean }[] }>(
      this.#pdsUrl,
      'com.atproto.sync.listRepos?limit=1000',
    )
    for (const { did, active } of repos) {
      if (active === false) continue
      const { collections } = await getXrpc<{ collections: string[] }>(
        this.#pdsUrl,
        `com.atproto.repo.describeRepo?repo=${did}`,
      )
      for (const collection of collections) this.#add(collection, did)
    }
  }

  #add(collection: string, did: string): void {
    const dids = this.#didsOf.get(collection) ?? new Set()
    this.#didsOf.set(collection, dids.add(did))
  }
}

export async function getXrpc<T>(service: string, call: string): Promise<T> {
  const response = await fetch(new URL(`/xrpc/${call}`, service))
  if (!response.ok) throw new Error(`${call}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
