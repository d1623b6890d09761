import type { Fetch } from '../atproto/guarded-fetch.ts'
import { isJsonObject } from '../base/json.ts'
import { isDid } from '../atproto/did.ts'

/** The most that the lexicon lets one ask for. */
const pageSize = 2000

/** Every repo that a relay knows to have records of a collection (com.atproto.sync.listReposByCollection), by pages. Throws. */
export async function* listRepos(fetch: Fetch, relayUrl: string, collection: string): AsyncGenerator<string[]> {
  const seen = new Set<string>()
  for (let cursor: string | undefined; ;) {
    const url = new URL('/xrpc/com.atproto.sync.listReposByCollection', relayUrl)
    const query = { collection, limit: String(pageSize), ...(cursor !== undefined && { cursor }) }
    url.search = new URLSearchParams(query).toString()
    const response = await fetch(url)
    const body: unknown = await response.json().catch(() => undefined)
    if (!response.ok || !isJsonObject(body)) throw new Error(`${url.host} answered ${response.status}`)
    const repos = Array.isArray(body['repos']) ? body['repos'] : []
    yield repos.flatMap((repo) =>
      isJsonObject(repo) && typeof repo['did'] === 'string' && isDid(repo['did']) ? [repo['did']] : [],
    )
    const next = body['cursor']
    // A relay that gives a cursor twice would be asked for ever.
    if (typeof next !== 'string' || next === '' || seen.has(next)) return
    seen.add(next)
    cursor = next
  }
}
