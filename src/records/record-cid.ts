import { cidForLex } from '@atproto/lex-cbor'
import { cidForRawBytes } from '@atproto/lex-data'
import { jsonToLex } from '@atproto/lex-json'
import type { JsonObject } from '../base/json.ts'

/**
 * The CID a PDS gives this record (DAG-CBOR, sha-256), so it is known before any write. Throws where the record is none
 * a PDS would take: floats, text that is not Unicode, links that are none.
 */
export async function recordCid(record: JsonObject): Promise<string> {
  return (await cidForLex(jsonToLex(record))).toString()
}

/** The CID of a blob with these bytes (raw codec). */
export async function rawBlobCid(bytes: Uint8Array): Promise<string> {
  return (await cidForRawBytes(bytes)).toString()
}
