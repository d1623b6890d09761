/** What is wrong with one field of somebody's input, and the mend. `field` is a path such as `locations.0.country`. */
export type FieldError = { field: string; message: string }

export type ErrorCode =
  | 'malformed'
  | 'invalid-input'
  | 'not-signed-in'
  | 'not-allowed'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'too-many-requests'
  | 'unsupported-media'
  | 'needs-reconnect'
  | 'unavailable'

const httpStatus: Record<ErrorCode, number> = {
  malformed: 400,
  'invalid-input': 422,
  'not-signed-in': 401,
  'not-allowed': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'too-many-requests': 429,
  'unsupported-media': 415,
  'needs-reconnect': 409,
  unavailable: 503,
}

/** An error that people may read: it has a code, becomes problem+json (RFC 9457) in one place, and says what to do. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly fields: FieldError[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    details: { fields?: FieldError[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.fields = details.fields ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
  }

  get status(): number {
    return httpStatus[this.code]
  }
}

/** `invalid-input` for one or more fields. */
export function invalid(...fields: FieldError[]): AppError {
  return new AppError('invalid-input', fields.map((f) => `${f.field}: ${f.message}`).join('; '), { fields })
}

/** The text of anything that was thrown, for logs and stored errors. `fetch failed` says nothing without its cause. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return message === 'fetch failed' && cause instanceof Error ? `${message}: ${cause.message}` : message
}
