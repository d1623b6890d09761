import { type JsonObject, isJsonObject } from '../base/json.ts'
import { PdsError, toPdsError } from './pds-error.ts'
import type { PdsSession } from './pds-session.ts'

export type RecordAddress = { collection: string; rkey: string }
/** `rev`: undefined where the PDS had the very same record already, and made no commit. */
export type Written = { cid: string; rev: string | undefined }

/**
 * com.atproto.repo.putRecord. `swapCid`: the version it replaces, null where there must be none. The PDS never validates
 * our collections; it takes what it does not know. Throws PdsError (`InvalidSwap` where another version is there), or the
 * errors of PdsSession.fetch.
 */
export async function putRecord(
  session: PdsSession,
  { collection, rkey, record, swapCid }: RecordAddress & { record: JsonObject; swapCid: string | null },
): Promise<Written> {
  const answer = await call(session, 'com.atproto.repo.putRecord', {
    repo: session.did,
    collection,
    rkey,
    record,
    swapRecord: swapCid,
  })
  const { cid } = answer
  if (typeof cid === 'string') return { cid, rev: revOf(answer) }
  throw new PdsError({ status: 502, code: 'InvalidResponse', message: 'The PDS answered no CID' })
}

/** com.atproto.repo.deleteRecord; one that is not there is no error. `rev`: undefined where it was not there. */
export async function deleteRecord(
  session: PdsSession,
  { collection, rkey }: RecordAddress,
): Promise<string | undefined> {
  return revOf(await call(session, 'com.atproto.repo.deleteRecord', { repo: session.did, collection, rkey }))
}

/** com.atproto.repo.uploadBlob: the PDS keeps it for a while until a record names it. */
export async function uploadBlob(session: PdsSession, bytes: Uint8Array<ArrayBuffer>, mimeType: string): Promise<void> {
  const init = { method: 'POST', body: bytes, headers: { 'content-type': mimeType } }
  await readAnswer(await session.fetch('/xrpc/com.atproto.repo.uploadBlob', init))
}

/** The record as it is on the PDS now; undefined where there is none. Throws PdsError where it cannot say. */
export async function fetchRecord(
  session: PdsSession,
  { collection, rkey }: RecordAddress,
): Promise<{ cid: string; value: JsonObject } | undefined> {
  const query = new URLSearchParams({ repo: session.did, collection, rkey })
  const response = await session.fetch(`/xrpc/com.atproto.repo.getRecord?${query}`)
  try {
    const { cid, value } = await readAnswer(response)
    if (typeof cid === 'string' && isJsonObject(value)) return { cid, value }
  } catch (error) {
    if (error instanceof PdsError && error.code === 'RecordNotFound') return undefined
    throw error
  }
  throw new PdsError({ status: 502, code: 'InvalidResponse', message: 'The PDS answered something that is no record' })
}

/** The rev of the repo's latest commit (com.atproto.sync.getLatestCommit). */
export async function fetchLatestRev(session: PdsSession): Promise<string> {
  const query = new URLSearchParams({ did: session.did })
  const { rev } = await readAnswer(await session.fetch(`/xrpc/com.atproto.sync.getLatestCommit?${query}`))
  if (typeof rev === 'string') return rev
  throw new PdsError({ status: 502, code: 'InvalidResponse', message: 'The PDS answered no rev' })
}

async function call(session: PdsSession, method: string, input: JsonObject): Promise<JsonObject> {
  const init = { method: 'POST', body: JSON.stringify(input), headers: { 'content-type': 'application/json' } }
  return readAnswer(await session.fetch(`/xrpc/${method}`, init))
}

async function readAnswer(response: Response): Promise<JsonObject> {
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw toPdsError(response, body)
  return isJsonObject(body) ? body : {}
}

function revOf({ commit }: JsonObject): string | undefined {
  return isJsonObject(commit) && typeof commit['rev'] === 'string' ? commit['rev'] : undefined
}
