import type { Fetch } from '../atproto/guarded-fetch.ts'
import { errorText } from '../base/errors.ts'
import { type JsonObject, isJsonObject } from '../base/json.ts'
import { retryAfter } from '../base/retry.ts'
import type { HostGate } from './host-gate.ts'

/** A server did not answer as it should. `code`: the XRPC error it names. */
export class AskError extends Error {
  override readonly name = 'AskError'
  readonly status: number | undefined
  readonly code: string

  constructor(message: string, { status, code = '' }: { status?: number; code?: string } = {}) {
    super(message)
    this.status = status
    this.code = code
  }
}

export type Asker = { fetch: Fetch; gate: HostGate; signal?: AbortSignal | undefined }

/** A server that says neither when nor why it has too much to do. */
const pauseMs = 5_000
/** Nobody is believed to need longer. */
const maxPauseMs = 10 * 60_000

/**
 * Asks a person's server an XRPC query. One that has too much to do is left alone for as long as it says. Throws AskError
 * and HostPausedError.
 */
export async function askPds(
  { fetch, gate, signal }: Asker,
  pdsUrl: string,
  method: string,
  query: Record<string, string>,
): Promise<JsonObject> {
  const url = new URL(`/xrpc/${method}`, pdsUrl)
  url.search = new URLSearchParams(query).toString()
  return gate.run(url.host, async () => {
    const response = await fetch(url, signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw new AskError(`${url.host} could not be asked for ${method}: ${errorText(error)}`)
    })
    const body: unknown = await response.json().catch(() => undefined)
    if (response.ok && isJsonObject(body)) return body
    const said = isJsonObject(body) && typeof body['error'] === 'string' ? body['error'].slice(0, 100) : ''
    if (response.status === 429 || response.status === 503)
      gate.pause(url.host, whenAgain(response), `${response.status}`)
    throw new AskError(`${url.host} answered ${[response.status, said].filter(Boolean).join(' ')} to ${method}`, {
      status: response.status,
      code: said,
    })
  })
}

function whenAgain({ headers }: Response): Date {
  const now = new Date()
  const at = retryAfter(headers, now)?.getTime() ?? now.getTime() + pauseMs
  return new Date(Math.min(at, now.getTime() + maxPauseMs))
}
