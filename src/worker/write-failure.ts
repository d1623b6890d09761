import { ScopeMissingError, SessionGoneError, SessionUnavailableError } from '../atproto/oauth-errors.ts'
import { PdsError } from '../atproto/pds-error.ts'
import { errorText } from '../base/errors.ts'
import { UnwritableRecordError } from '../records/assert-writable.ts'

/** What a failed write calls for. */
export type WriteFailure =
  /** Try again. `of`: whom it is about, and who waits with it. A host that does not answer holds back all its repos. */
  | { kind: 'retry'; message: string; retryAt?: Date | undefined; of: 'host' | 'repo' | 'record' }
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
  if (error instanceof SessionUnavailableError) return { kind: 'retry', message, of: 'host' }
  if (error instanceof PdsError) return ofAnswer(error)
  return { kind: 'retry', message, of: isOfNetwork(error) ? 'host' : 'record' }
}

/** What stands before a server, or is left of it, answers so whoever asks. */
const gatewayStatuses = new Set([502, 503, 504])

function ofAnswer(error: PdsError): WriteFailure {
  const { code, status, message, retryAt } = error
  const words = code === message ? message : `${code}: ${message}`
  if (code === 'InvalidSwap') return { kind: 'swap' }
  if (code === 'ScopeMissingError') return { kind: 'reconnect', message: words }
  if (error.isAway()) return { kind: 'away', message: words }
  // Of a session that is renewed for the next try.
  if (code === 'ExpiredToken') return { kind: 'retry', message: words, of: 'record' }
  if (error.shouldRetry()) return { kind: 'retry', message: words, retryAt, of: concerned(status) }
  if (status === 401) return { kind: 'reconnect', message: words }
  return { kind: 'refused', message: words }
}

function concerned(status: number): 'host' | 'repo' | 'record' {
  if (gatewayStatuses.has(status)) return 'host'
  return status === 429 ? 'repo' : 'record'
}

/**
 * No answer at all: fetch says so with a TypeError, the guarded fetch and the OAuth client with errors of their own, and
 * each with the system's code (`ECONNREFUSED`, `UND_ERR_SOCKET`) somewhere among its causes.
 */
function isOfNetwork(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth++) {
    if (networkErrors.has(one.name) || (one instanceof TypeError && one.message === 'fetch failed')) return true
    if ('code' in one && typeof one.code === 'string' && /^(?:UND_ERR_|E[A-Z]{3})/.test(one.code)) return true
  }
  return false
}

const networkErrors = new Set(['AbortError', 'TimeoutError', 'FetchError', 'FetchRequestError'])
