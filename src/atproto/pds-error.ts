import { isJsonObject } from '../base/json.ts'
import { retryAfter } from '../base/retry.ts'

export type PdsFailure = { status: number; code: string; message: string; retryAt?: Date | undefined }

/** What a PDS answered instead of doing what it was asked (XRPC: `{error, message}`). */
export class PdsError extends Error {
  override readonly name = 'PdsError'
  readonly status: number
  /** `InvalidSwap`, `RecordNotFound` …; `HTTP 502` where the server names none. */
  readonly code: string
  /** When it may be asked again, where it says so. */
  readonly retryAt: Date | undefined

  constructor({ status, code, message, retryAt }: PdsFailure) {
    super(message)
    this.status = status
    this.code = code
    this.retryAt = retryAt
  }

  /** The same request may succeed later. */
  shouldRetry(): boolean {
    return this.status === 429 || this.status === 408 || this.status >= 500 || this.isAway()
  }

  /** The account is deactivated or taken down: its host will take nothing until that ends. */
  isAway(): boolean {
    return ['AccountDeactivated', 'AccountTakedown', 'RepoDeactivated', 'RepoTakendown'].includes(this.code)
  }
}

export function toPdsError(response: Response, body: unknown): PdsError {
  const { error, message } = isJsonObject(body) ? body : {}
  const code = typeof error === 'string' && error !== '' ? error : `HTTP ${response.status}`
  const words = typeof message === 'string' && message !== '' ? message : code
  return new PdsError({
    status: response.status,
    code,
    message: words.slice(0, 500),
    retryAt: retryAfter(response.headers, new Date()),
  })
}
