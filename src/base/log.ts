import { formatWithOptions } from 'node:util'
import { maskUrls } from './mask-urls.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Record<string, unknown>

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** One line per message. Fields are plain values or errors; secrets in them are masked by their key. */
export type Log = { [level in LogLevel]: (message: string, fields?: LogFields) => void } & {
  /** A log whose every line carries these fields as well. */
  child(fields: LogFields): Log
}

export type LogStream = { write(text: string): unknown; isTTY?: boolean }

/** JSON lines, or coloured lines for people where the stream is a terminal. */
export function createLog({ level, stream = process.stderr }: { level: LogLevel; stream?: LogStream }): Log {
  const format = stream.isTTY ? formatForPeople : formatJson
  const least = logLevels.indexOf(level)

  function withFields(own: LogFields): Log {
    const writer = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (logLevels.indexOf(level) < least) return
      const safe = maskFields({ ...own, ...fields })
      stream.write(`${format({ time: new Date(), level, message: maskText(message) }, safe)}\n`)
    }
    return {
      debug: writer('debug'),
      info: writer('info'),
      warn: writer('warn'),
      error: writer('error'),
      child: (fields) => withFields({ ...own, ...fields }),
    }
  }
  return withFields({})
}

type Line = { time: Date; level: LogLevel; message: string }

// The line's own keys come last: a field of the same name must not forge them.
function formatJson(line: Line, fields: LogFields): string {
  const own = { time: line.time, level: line.level, message: line.message }
  return JSON.stringify(Object.assign({ ...own }, fields, own))
}

const colours: Record<LogLevel, string> = { debug: '\x1b[2m', info: '\x1b[36m', warn: '\x1b[33m', error: '\x1b[31m' }

function formatForPeople({ time, level, message }: Line, { error, ...fields }: LogFields): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` \x1b[2m${key}=\x1b[0m${toShortText(value)}`)
  const reason = error === undefined ? '' : `: ${toShortText(error)}`
  return `\x1b[2m${time.toTimeString().slice(0, 8)}\x1b[0m ${colours[level]}${level.padEnd(5)}\x1b[0m ${visible(message)}${reason}${pairs.join('')}`
}

function toShortText(value: unknown): string {
  if (typeof value === 'string') return visible(value)
  const stack = typeof value === 'object' && value !== null && 'stack' in value ? value.stack : undefined
  if (typeof stack === 'string') return stack
  return formatWithOptions({ breakLength: Infinity, depth: 4 }, '%O', value)
}

/** Control characters in text from outside must not move the cursor of the terminal that shows them. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, (char) => JSON.stringify(char).slice(1, -1))
}

const secretKey = /authorization|cookie|token|password|passwd|secret|dpop|private_?key|^(?:code|jwk|jwt|sealed)$/i
const masked = '[masked]'
const maxDepth = 6
const maxTextLength = 4000

function maskFields(fields: LogFields, depth = 0): LogFields {
  // fromEntries keeps a `__proto__` that came in by JSON as a key of its own.
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      secretKey.test(key) && typeof value !== 'boolean' && value !== undefined ? masked : maskValue(value, depth + 1),
    ]),
  )
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskText(value)
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth > maxDepth) return '[deeper]'
  if (value instanceof Error) return maskError(value, depth)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof Map || value instanceof Set || Array.isArray(value))
    return Array.from(value, (item: unknown) => maskValue(item, depth + 1))
  return maskFields(value as LogFields, depth)
}

/** What an error says; not all its properties, which may hold whole requests. Its code is a name, not a secret. */
function maskError(error: Error, depth: number): LogFields {
  const { name, message, stack, cause } = error
  const code = 'code' in error ? { code: maskValue(error.code, depth + 1) } : {}
  return { ...maskFields({ name, message, stack, ...(cause !== undefined && { cause }) }, depth), ...code }
}

/** Masks passwords in URLs and credentials in headers that found their way into a text. */
function maskText(text: string): string {
  const short = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text
  return maskUrls(short).replace(/\b(Bearer|DPoP|Basic) [\w.~+/=-]{8,}/gi, `$1 ${masked}`)
}
