/**
 * JSON text that PostgreSQL takes as json, jsonb or text columns of `json_to_recordset`: text without NUL and lone
 * surrogates, which it refuses. JSON.stringify writes both as escapes, and else only rare control characters.
 */
export function toSqlJson(value: unknown): string {
  const json = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/.test(json) ? JSON.stringify(value, (_, part: unknown) => cleanPart(part)) : json
}

/** The text as PostgreSQL can hold it. */
export function toSqlText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

function cleanPart(part: unknown): unknown {
  if (typeof part === 'string') return toSqlText(part)
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [toSqlText(key), value]))
}
