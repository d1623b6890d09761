import { invalid } from '../../base/errors.ts'

/** Throws AppError where a text in `value` could not be stored and come back as it is: PostgreSQL takes no NUL, UTF-8 no half of a surrogate pair. */
export function assertStorable(value: unknown, path = '(body)'): void {
  if (typeof value === 'string') return assertText(value, path)
  if (typeof value !== 'object' || value === null || value instanceof Blob) return
  for (const [key, inner] of Object.entries(value)) {
    assertText(key, path)
    assertStorable(inner, path === '(body)' ? key : `${path}.${key}`)
  }
}

function assertText(text: string, path: string): void {
  if (text.includes('\0')) throw invalid({ field: path, message: 'Leave out the NUL character.' })
  if (!text.isWellFormed()) throw invalid({ field: path, message: 'Half a character (a lone surrogate) is no text.' })
}
