import { AppError, type FieldError } from '../../base/errors.ts'

/** For a form that is shown again: what to write beside which field. Throws on what is not for people. */
export function toFormErrors(error: unknown, field: string): { status: number; errors: FieldError[] } {
  if (!(error instanceof AppError)) throw error
  return {
    status: error.status,
    errors: error.fields.length > 0 ? error.fields : [{ field, message: error.message }],
  }
}
