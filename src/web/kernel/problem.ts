import { ZodError } from 'zod'
import { ScopeMissingError, SessionGoneError, SessionUnavailableError } from '../../atproto/oauth-errors.ts'
import { AppError, type FieldError } from '../../base/errors.ts'

/** Whatever was thrown, as an error people may see; anything unforeseen becomes `unavailable`-like 500 without its text. */
export function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error
  if (error instanceof ZodError) {
    const fields = error.issues.map((issue): FieldError => ({
      field: issue.path.join('.') || '(body)',
      message: issue.message,
    }))
    return new AppError('invalid-input', fields.map((f) => `${f.field}: ${f.message}`).join('; '), { fields })
  }
  return toConnectionError(error)
}

function toConnectionError(error: unknown): AppError | undefined {
  if (error instanceof SessionGoneError || error instanceof ScopeMissingError)
    return new AppError('needs-reconnect', `${error.message}. Connect again under Settings.`, { cause: error })
  if (error instanceof SessionUnavailableError)
    return new AppError('unavailable', `${error.message}.`, { cause: error })
  return undefined
}

/** RFC 9457. `errors` names each wrong field and the mend. */
export function problemResponse(error: AppError | undefined, requestId: string): Response {
  const status = error?.status ?? 500
  const headers: Record<string, string> = { 'content-type': 'application/problem+json; charset=utf-8' }
  if (error?.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds))
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="openmeet"'
  const body = {
    type: `https://openmeet.net/problems/${error?.code ?? 'internal'}`,
    title: error?.code ?? 'internal',
    status,
    detail: error?.message ?? 'Something went wrong on our side. It has been written down; try again in a moment.',
    requestId,
    ...(error && error.fields.length > 0 ? { errors: error.fields } : {}),
  }
  return new Response(JSON.stringify(body), { status, headers })
}
