import type { JsonObject } from '../src/base/json.ts'
import { newTid } from '../src/base/tid.ts'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { type NewAccount, createAccount, sandboxPassword } from './net.ts'
import type { PdsHost } from './pds-host.ts'
import { listRecords } from './tap-repo.ts'

export type AnswerStatus = 'going' | 'interested' | 'notgoing'
export type RecordRef = { uri: string; cid: string }
export type ListedRecord = RecordRef & { value: JsonObject }
export type BlobRef = { $type: 'blob'; ref: { $link: string }; mimeType: string; size: number }
export type Write = { action: 'create' | 'update'; collection: string; rkey: string; value: JsonObject }

type Session = { did: string; accessJwt: string }

/** An error that the PDS answers with. */
export class PdsError extends Error {
  readonly code: string

  constructor(call: string, code: string, message: string) {
    super(`${call}: ${code}: ${message}`)
    this.name = 'PdsError'
    this.code = code
  }
}

/**
 * Another calendar app on the network: knows nothing of the platform and writes into people's repos with sessions of
 * its own.
 */
export class OtherApp {
  readonly #pds: PdsHost
  readonly #sessions = new Map<string, Session>()

  constructor(pds: PdsHost) {
    this.#pds = pds
  }

  /** Of an account that may be there already. */
  async signUp(handle: string): Promise<string> {
    try {
      return this.#keep(await createAccount(this.#pds.url, handle))
    } catch (error) {
      return this.#signIn(handle).catch(() => Promise.reject(error))
    }
  }

  async createEvent(did: string, event: JsonObject): Promise<RecordRef> {
    const createdAt = new Date().toISOString()
    return this.put(did, eventCollection, newTid(), { $type: eventCollection, createdAt, ...event })
  }

  /** Changes some fields of the record as it is now; `undefined` takes a field away. */
  async editEvent(uri: string, changes: { [field: string]: JsonObject[string] | undefined }): Promise<RecordRef> {
    const { did, collection, rkey } = parseUri(uri)
    const { value } = await this.readRecord(uri)
    const changed = Object.entries({ ...value, ...changes }).filter((entry) => entry[1] !== undefined)
    return this.put(did, collection, rkey, Object.fromEntries(changed) as JsonObject)
  }

  async deleteRecord(uri: string): Promise<void> {
    const { did, collection, rkey } = parseUri(uri)
    await this.#post(did, 'com.atproto.repo.deleteRecord', { repo: did, collection, rkey })
  }

  /** Answers for the person, in the record they have for this event if there is one. */
  async answer(did: string, eventUri: string, status: AnswerStatus): Promise<RecordRef> {
    const { uri, cid } = await this.readRecord(eventUri)
    const before = (await this.#answersTo(did, uri)).at(-1)
    const rkey = before ? parseUri(before.uri).rkey : newTid()
    const createdAt = before?.value['createdAt'] ?? new Date().toISOString()
    const record = { $type: rsvpCollection, subject: { uri, cid }, status: `${rsvpCollection}#${status}`, createdAt }
    return this.put(did, rsvpCollection, rkey, record)
  }

  /** Takes back every answer of the person to this event. */
  async withdraw(did: string, eventUri: string): Promise<void> {
    for (const { uri } of await this.#answersTo(did, eventUri)) await this.deleteRecord(uri)
  }

  /** Throws PdsError `RecordNotFound`. */
  async readRecord(uri: string): Promise<ListedRecord> {
    const { did, collection, rkey } = parseUri(uri)
    const query = new URLSearchParams({ repo: did, collection, rkey })
    const call = 'com.atproto.repo.getRecord'
    return readAnswer(call, await fetch(new URL(`/xrpc/${call}?${query}`, this.#pds.url)))
  }

  /** All of one collection of one person, by record key. */
  async listRecords(did: string, collection: string = eventCollection): Promise<ListedRecord[]> {
    return (await listRecords(this.#pds.url, did, collection)) as ListedRecord[]
  }

  put(did: string, collection: string, rkey: string, record: JsonObject): Promise<RecordRef> {
    return this.#post(did, 'com.atproto.repo.putRecord', { repo: did, collection, rkey, record })
  }

  /** Several records in one commit: all of them or none. At most 200. */
  async writeAll(did: string, writes: readonly Write[]): Promise<RecordRef[]> {
    if (writes.length === 0) return []
    const body = {
      repo: did,
      writes: writes.map(({ action, ...rest }) => ({ $type: `${applyWrites}#${action}`, ...rest })),
    }
    const { results } = await this.#post<{ results: RecordRef[] }>(did, applyWrites, body)
    return results
  }

  uploadBlob(did: string, bytes: Buffer, mimeType: string): Promise<BlobRef> {
    return this.#post<{ blob: BlobRef }>(did, 'com.atproto.repo.uploadBlob', bytes, mimeType).then(({ blob }) => blob)
  }

  /** Ends every OAuth session of the person at the PDS, as "sign out everywhere" there does. Answers how many. */
  async expireSession(did: string): Promise<number> {
    const tokens = this.#pds.pds.ctx.oauthProvider?.tokenManager
    const sessions = (await tokens?.listAccountTokens(did as `did:plc:${string}`)) ?? []
    for (const { id } of sessions) await tokens?.deleteToken(id)
    return sessions.length
  }

  async #answersTo(did: string, eventUri: string): Promise<ListedRecord[]> {
    const mine = await this.listRecords(did, rsvpCollection)
    return mine.filter(({ value }) => subjectOf(value) === eventUri)
  }

  #keep({ did, accessJwt }: Pick<NewAccount, 'did' | 'accessJwt'>): string {
    this.#sessions.set(did, { did, accessJwt })
    return did
  }

  async #signIn(identifier: string): Promise<string> {
    const call = 'com.atproto.server.createSession'
    const body = JSON.stringify({ identifier, password: sandboxPassword })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(new URL(`/xrpc/${call}`, this.#pds.url), { method: 'POST', headers, body })
    return this.#keep(await readAnswer<NewAccount>(call, response))
  }

  async #post<T>(did: string, call: string, body: object, type = 'application/json'): Promise<T> {
    if (!this.#sessions.has(did)) await this.#signIn(did)
    try {
      return await this.#send(did, call, body, type)
    } catch (error) {
      // Sessions end after two hours.
      if (!(error instanceof PdsError) || !['ExpiredToken', 'InvalidToken'].includes(error.code)) throw error
      await this.#signIn(did)
      return this.#send(did, call, body, type)
    }
  }

  async #send<T>(did: string, call: string, body: object, type: string): Promise<T> {
    const response = await fetch(new URL(`/xrpc/${call}`, this.#pds.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#sessions.get(did)?.accessJwt ?? ''}`, 'content-type': type },
      body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
    })
    return readAnswer(call, response)
  }
}

const applyWrites = 'com.atproto.repo.applyWrites'

async function readAnswer<T>(call: string, response: Response): Promise<T> {
  const body = (await response.json()) as T & { error?: string; message?: string }
  if (!response.ok) throw new PdsError(call, body.error ?? String(response.status), body.message ?? '')
  return body
}

export function parseUri(uri: string): { did: string; collection: string; rkey: string } {
  const [, did = '', collection = '', rkey = ''] = /^at:\/\/(did:[^/]+)\/([^/]+)\/([^/]+)$/.exec(uri) ?? []
  if (!rkey) throw new PdsError('at-uri', 'InvalidUri', `${uri} is no address of a record`)
  return { did, collection, rkey }
}

function subjectOf(value: JsonObject): string | undefined {
  const subject = value['subject'] as { uri?: string } | string | undefined
  return typeof subject === 'string' ? subject : subject?.uri
}
