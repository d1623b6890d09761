import { parseAtUri, toAtUri } from '../atproto/at-uri.ts'
import type { RecordOp } from '../atproto/record-op.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import { AskError, type Asker, askPds } from './ask-pds.ts'

/** A record as its server lists it. `value`: undefined where it is none. */
export type ListedRecord = { uri: string; rkey: string; cid: string | undefined; value: JsonObject | undefined }

/** `isWhole`: each entry of the page named a record of this repo and collection. */
export type ListedPage = { records: ListedRecord[]; isWhole: boolean }

export type Listing = { did: string; pdsUrl: string; collection: string }

const pageSize = 100
/** 100,000 records of one collection in one repo: nobody's calendar. */
const maxPages = 1_000

/**
 * The records of a collection as they are on the PDS now, a page at a time; other collections are never read. It ends
 * only where the server says that nothing follows: who gets to the end has seen all. Throws AskError.
 * `isQuick` saves the last request of most repos: see `isLikelyLast`.
 */
export async function* listRecords(
  asker: Asker,
  { did, pdsUrl, collection }: Listing,
  { isQuick = false }: { isQuick?: boolean } = {},
): AsyncGenerator<ListedPage> {
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let pages = 0; pages < maxPages; pages++) {
    const query = { repo: did, collection, limit: String(pageSize), ...(cursor !== undefined && { cursor }) }
    const { records, cursor: next } = await askPds(asker, pdsUrl, 'com.atproto.repo.listRecords', query)
    if (!Array.isArray(records)) throw new AskError(`${new URL(pdsUrl).host} lists no records of ${did}`)
    const listed = records.flatMap((record) => toListed(record, did, collection) ?? [])
    yield { records: listed, isWhole: listed.length === records.length }
    if (typeof next !== 'string' || next === '' || records.length === 0) return
    if (isQuick && isLikelyLast(records.length)) return
    // A server that gives a cursor twice would be asked for ever.
    if (seen.has(next)) throw new AskError(`${new URL(pdsUrl).host} gives the cursor ${next.slice(0, 100)} twice`)
    seen.add(next)
    cursor = next
  }
  throw new AskError(`${did} has more than ${maxPages * pageSize} records in ${collection}`)
}

/**
 * The reference PDS names a cursor even after its last page. A page that is neither nearly full nor of a round number,
 * as a server with a smaller page would send, is the last. Good enough to find records; never to say that one is gone.
 */
function isLikelyLast(length: number): boolean {
  return length < 80 && (length < 10 || length % 5 !== 0)
}

function toListed(record: unknown, did: string, collection: string): ListedRecord | undefined {
  if (!isJsonObject(record) || typeof record['uri'] !== 'string') return undefined
  const address = parseAtUri(record['uri'])
  // A server speaks for the repo and the collection it was asked for only.
  if (!address || address.did !== did || address.collection !== collection) return undefined
  const cid = typeof record['cid'] === 'string' ? record['cid'] : undefined
  const value = isJsonObject(record['value']) ? record['value'] : undefined
  return { uri: toAtUri(address), rkey: address.rkey, cid, value }
}

/** What a listing says of one record, as an op that notifies nobody. Without a value it will be put aside. */
export function toListedOp({ did, collection }: Listing, { rkey, cid, value }: ListedRecord, rev: string): RecordOp {
  const address = { kind: 'record', did, collection, rkey, rev, verified: 'no', live: false } as const
  return { ...address, action: 'update', ...(cid !== undefined && { cid }), ...(value && { record: value }) }
}
