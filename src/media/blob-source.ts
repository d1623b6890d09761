import type { Fetch } from '../atproto/guarded-fetch.ts'
import type { BlobSource } from './image-proxy.ts'

/** Blobs from the PDS that a DID names now. `fetch`: guarded, with a limit of 10 MB. Throws where there is none. */
export function createBlobSource(fetch: Fetch, findPdsUrl: (did: string) => Promise<string | undefined>): BlobSource {
  return async (did, cid) => {
    const pdsUrl = await findPdsUrl(did)
    if (!pdsUrl) throw new Error(`no server is known for ${did}`)
    const url = new URL('/xrpc/com.atproto.sync.getBlob', pdsUrl)
    url.search = new URLSearchParams({ did, cid }).toString()
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url.host} answered ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
}
