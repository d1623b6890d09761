import { AppError } from './errors.ts'
import { maskUrls } from './mask-urls.ts'

export type Env = Record<string, string | undefined>

/** Undefined where it is unset or empty, as in all of these. */
export function readText(env: Env, name: string): string | undefined {
  const text = env[name]?.trim()
  return text === undefined || text === '' ? undefined : text
}

export function readPort<Fallback>(env: Env, name: string, fallback: Fallback): number | Fallback {
  const text = readText(env, name)
  if (text === undefined) return fallback
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port >= 0 && port <= 65_535 ? port : refuse(name, text, 'a number from 0 to 65535')
}

export function readFlag(env: Env, name: string): boolean {
  const text = readText(env, name)?.toLowerCase()
  if (text === undefined || ['false', '0', 'no', 'off'].includes(text)) return false
  return ['true', '1', 'yes', 'on'].includes(text) || refuse(name, text, 'true or false')
}

export function readChoice<Choice extends string>(
  env: Env,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = readText(env, name)
  if (text === undefined) return undefined
  return choices.find((choice) => choice === text) ?? refuse(name, text, `one of ${choices.join(', ')}`)
}

/** Some of `choices`, separated by commas. */
export function readList<Choice extends string>(
  env: Env,
  name: string,
  choices: readonly Choice[],
): Choice[] | undefined {
  const text = readText(env, name)
  if (text === undefined) return undefined
  const words = text.split(/[\s,]+/).filter(Boolean)
  const known = choices.filter((choice) => words.includes(choice))
  return words.every((word) => known.some((choice) => choice === word))
    ? known
    : refuse(name, text, `some of ${choices.join(',')}`)
}

export function readUrl(env: Env, name: string, protocols: readonly string[]): string | undefined {
  const text = readText(env, name)
  return text === undefined ? undefined : checkUrl(name, text, protocols)
}

export function readUrls(env: Env, name: string, protocols: readonly string[]): string[] | undefined {
  const text = readText(env, name)
  return text
    ?.split(/[\s,]+/)
    .filter(Boolean)
    .map((url) => checkUrl(name, url, protocols))
}

function checkUrl(name: string, text: string, protocols: readonly string[]): string {
  // A database on a Unix socket has no host: `postgres://me@/db?host=/run/postgresql`.
  const isSocket = /^postgres(?:ql)?:\/\/\S*$/.test(text) && protocols.includes('postgres:')
  const isRight = isSocket || (URL.canParse(text) && protocols.includes(new URL(text).protocol))
  if (!isRight) refuse(name, maskUrls(text), `a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`)
  return text.replace(/\/+$/, '')
}

function refuse(name: string, value: string, wanted: string): never {
  throw new AppError('invalid-input', `${name}=${value} is not ${wanted}`)
}
