/** There is no session that could act for this person: they must connect again. Nothing is lost by waiting. */
export class SessionGoneError extends Error {
  override readonly name = 'SessionGoneError'
  readonly did: string

  constructor(did: string, cause?: unknown) {
    super(cause instanceof Error ? `The connection to ${did} is gone: ${cause.message}` : `${did} is not connected`, {
      cause,
    })
    this.did = did
  }

  shouldRetry(): false {
    return false
  }
}

/** The person is connected, but did not grant what this needs. */
export class ScopeMissingError extends Error {
  override readonly name = 'ScopeMissingError'
  readonly did: string
  readonly missing: string[]

  constructor(did: string, missing: string[]) {
    super(`${did} has not granted ${missing.join(', ')}`)
    this.did = did
    this.missing = missing
  }

  shouldRetry(): false {
    return false
  }
}

/** The session could not be used or renewed just now (network, PDS, directory). It is still there: try again later. */
export class SessionUnavailableError extends Error {
  override readonly name = 'SessionUnavailableError'
  readonly did: string

  constructor(did: string, cause: unknown) {
    super(`The session of ${did} could not be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
    this.did = did
  }

  shouldRetry(): true {
    return true
  }
}
