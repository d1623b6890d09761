import { ScopeMissingError, SessionGoneError, SessionUnavailableError } from '../atproto/oauth-errors.ts'
import { PdsError } from '../atproto/pds-error.ts'
import { errorText } from '../base/errors.ts'
import { UnwritableRecordError } from '../records/assert-writable.ts'

/** What a failed write calls for. */
export type WriteFailure =
  /** Try again. `isHost`: the host does not answer; else it is about this repo or record, and says nothing of others. */
  | { kind: 'retry'; message: string; retryAt?: Date | undefined; isHost: boolean }
  /** The account is deactivated or taken down: it waits, and is looked at now and then. */
  | { kind: 'away'; message: string }
  /** The person must connect again, or grant more. */
  | { kind: 'reconnect'; message: string }
  /** Another version is on the PDS than we knew. */
  | { kind: 'swap' }
  /** The PDS, or the lexicon, does not take this record: somebody must change it. */
  | { kind: 'refused'; message: string }

export function toWriteFailure(error: unknown): WriteFailure {
  const message = errorText(error)
  if (error instanceof UnwritableRecordError) return { kind: 'refused', message }
  if (error instanceof SessionGoneError || error instanceof ScopeMissingError) return { kind: 'reconnect', message }
  if (error instanceof SessionUnavailableError) return { kind: 'retry', message, isHost: true }
  if (error instanceof PdsError) return ofAnswer(error)
  return { kind: 'retry', message, isHost: isOfNetwork(error) }
}

/** What stands before a server, or is left of it, answers so whoever asks. */
const gatewayStatuses = new Set([502, 503, 504])

function ofAnswer(error: PdsError): WriteFailure {
  const { code, status, message, retryAt } = error
  const words = code === message ? message : `${code}: ${message}`
  if (code === 'InvalidSwap') return { kind: 'swap' }
  if (code === 'ScopeMissingError') return { kind: 'reconnect', message: words }
  if (error.isAway()) return { kind: 'away', message: words }
  if (error.shouldRetry()) return { kind: 'retry', message: words, retryAt, isHost: gatewayStatuses.has(status) }
  if (status === 401) return { kind: 'reconnect', message: words }
  return { kind: 'refused', message: words }
}

/** No answer at all: fetch says so with a TypeError, the guarded fetch and the OAuth client with errors of their own. */
function isOfNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    ['AbortError', 'TimeoutError', 'FetchError', 'FetchRequestError'].includes(error.name) ||
    (error instanceof TypeError && error.message === 'fetch failed')
  )
}
