import { parseAtUri } from '../atproto/at-uri.ts'
import type { Fetch } from '../atproto/guarded-fetch.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'

const pageSize = 100
const maxPages = 1000

/**
 * The records of a collection as they are on the PDS now, a page at a time, as ops that notify nobody. All carry the rev
 * the repo had before they were read: a later version, even one that was read here already, comes again with a later rev.
 * Throws where the PDS does not answer as it should.
 */
export async function* readRepo(
  fetch: Fetch,
  { did, pdsUrl, collection }: { did: string; pdsUrl: string; collection: string },
): AsyncGenerator<RecordOp[]> {
  const { rev } = await ask(fetch, pdsUrl, 'com.atproto.sync.getLatestCommit', { did })
  if (typeof rev !== 'string') throw new Error(`${new URL(pdsUrl).host} names no rev of ${did}`)
  let cursor: string | undefined
  for (let pages = 0; pages < maxPages; pages++) {
    const query = { repo: did, collection, limit: String(pageSize), ...(cursor !== undefined && { cursor }) }
    const { records, cursor: next } = await ask(fetch, pdsUrl, 'com.atproto.repo.listRecords', query)
    const list = Array.isArray(records) ? records : []
    yield list.flatMap((record) => toOp(record, did, rev) ?? [])
    if (typeof next !== 'string' || next === cursor || list.length === 0) return
    cursor = next
  }
}

function toOp(record: unknown, did: string, rev: string): RecordOp | undefined {
  if (!isJsonObject(record) || typeof record['uri'] !== 'string' || !isJsonObject(record['value'])) return undefined
  const address = parseAtUri(record['uri'])
  // A server speaks for its own repo only.
  if (!address || address.did !== did) return undefined
  const cid = typeof record['cid'] === 'string' ? { cid: record['cid'] } : {}
  return {
    kind: 'record',
    ...address,
    action: 'update',
    ...cid,
    rev,
    record: record['value'],
    verified: 'no',
    live: false,
  }
}

async function ask(fetch: Fetch, pdsUrl: string, method: string, query: Record<string, string>): Promise<JsonObject> {
  const url = new URL(`/xrpc/${method}`, pdsUrl)
  url.search = new URLSearchParams(query).toString()
  const response = await fetch(url)
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok || !isJsonObject(body)) throw new Error(`${url.host} answered ${response.status} to ${method}`)
  return body
}
