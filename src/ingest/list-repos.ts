import type { Fetch } from '../atproto/guarded-fetch.ts'
import { isJsonObject } from '../base/json.ts'
import { isDid } from '../atproto/did.ts'

/** Every repo that a relay knows to have records of a collection (com.atproto.sync.listReposByCollection). Throws. */
export async function* listRepos(fetch: Fetch, relayUrl: string, collection: string): AsyncGenerator<string> {
  const seen = new Set<string>()
  for (let cursor: string | undefined; ;) {
    const url = new URL('/xrpc/com.atproto.sync.listReposByCollection', relayUrl)
    url.search = new URLSearchParams({ collection, limit: '500', ...(cursor !== undefined && { cursor }) }).toString()
    const response = await fetch(url)
    const body: unknown = await response.json().catch(() => undefined)
    if (!response.ok || !isJsonObject(body)) throw new Error(`${url.host} answered ${response.status}`)
    const repos = Array.isArray(body['repos']) ? body['repos'] : []
    for (const repo of repos)
      if (isJsonObject(repo) && typeof repo['did'] === 'string' && isDid(repo['did'])) yield repo['did']
    const next = body['cursor']
    // A relay that gives a cursor twice would be asked for ever.
    if (typeof next !== 'string' || next === '' || seen.has(next)) return
    seen.add(next)
    cursor = next
  }
}
