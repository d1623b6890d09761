import { errorText } from '../base/errors.ts'
import { isJsonObject } from '../base/json.ts'
import { AskError, type Asker } from './ask-pds.ts'

/** A host that does not answer is left alone for so long. */
const pauseMs = 60_000

/**
 * com.atproto.sync.getRecord of a person's server: the CAR that proves what it says of one record. Throws AskError and
 * HostPausedError.
 */
export async function askProof(
  { fetch, gate, signal }: Asker,
  pdsUrl: string,
  query: { did: string; collection: string; rkey: string },
): Promise<Uint8Array> {
  const url = new URL('/xrpc/com.atproto.sync.getRecord', pdsUrl)
  url.search = new URLSearchParams(query).toString()
  const pause = (reason: string) => gate.pause(url.host, new Date(Date.now() + pauseMs), reason)
  return gate.run(url.host, async () => {
    try {
      const response = await fetch(url, signal ? { signal } : {})
      if (response.ok) return await response.bytes()
      const body: unknown = await response.json().catch(() => undefined)
      const code = isJsonObject(body) && typeof body['error'] === 'string' ? body['error'].slice(0, 100) : ''
      if (response.status === 429 || response.status >= 500) pause(String(response.status))
      throw new AskError(`${url.host} answered ${response.status} ${code}`, { status: response.status, code })
    } catch (error) {
      if (error instanceof AskError) throw error
      signal?.throwIfAborted()
      pause(errorText(error))
      throw new AskError(`${url.host} gives no proof: ${errorText(error)}`)
    }
  })
}
