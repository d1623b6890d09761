import { setTimeout as wait } from 'node:timers/promises'

export type Backoff = { firstMs: number; maxMs: number }

/**
 * How long to wait before try `attempt` + 1 (attempts count from 1): exponential with full jitter, so that many
 * callers that failed together do not come back together.
 */
export function backoffMs(attempt: number, { firstMs, maxMs }: Backoff, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, attempt - 1)))
  return Math.round(ceiling * random())
}

/**
 * When a server says that it may be asked again: `Retry-After` (seconds or a date, RFC 9110 10.2.3), or
 * `ratelimit-reset` as the reference PDS sends it (unix seconds). Undefined where it does not say. Never in the past.
 */
export function retryAfter(headers: Headers, now: Date): Date | undefined {
  const at = parseRetryAfter(headers.get('retry-after'), now) ?? parseReset(headers)
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : new Date(Math.max(at.getTime(), now.getTime()))
}

function parseRetryAfter(text: string | null, now: Date): Date | undefined {
  if (!text) return undefined
  return /^\d{1,9}$/.test(text) ? new Date(now.getTime() + Number(text) * 1000) : new Date(text)
}

function parseReset(headers: Headers): Date | undefined {
  const reset = headers.get('ratelimit-reset')
  if (headers.get('ratelimit-remaining') !== '0' || !reset || !/^\d{9,11}$/.test(reset)) return undefined
  return new Date(Number(reset) * 1000)
}

export type RetryOptions = Backoff & {
  attempts: number
  shouldRetry: (error: unknown) => boolean
  signal?: AbortSignal
}

/** Runs `task` until it succeeds, `attempts` are used up or the error is not worth another try; then throws that error. */
export async function withRetry<T>(task: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt)
    } catch (error) {
      if (attempt >= options.attempts || options.signal?.aborted || !options.shouldRetry(error)) throw error
    }
    await wait(backoffMs(attempt, options), undefined, { signal: options.signal })
  }
}
