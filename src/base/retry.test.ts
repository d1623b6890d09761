import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, retryAfter, withRetry } from './retry.ts'

const now = new Date('2026-11-03T12:00:00Z')

describe('backoff', () => {
  test('stays between nothing and the ceiling, which doubles up to the maximum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const ms = backoffMs(attempt, { firstMs: 100, maxMs: 60_000 }, () => random)
          const ceiling = Math.min(60_000, 100 * 2 ** Math.min(30, attempt - 1))
          return ms >= 0 && ms <= ceiling
        },
      ),
    )
    expect(backoffMs(1, { firstMs: 100, maxMs: 60_000 }, () => 1)).toBe(100)
    expect(backoffMs(4, { firstMs: 100, maxMs: 60_000 }, () => 1)).toBe(800)
    expect(backoffMs(99, { firstMs: 100, maxMs: 60_000 }, () => 1)).toBe(60_000)
  })
})

describe('retry after', () => {
  const read = (headers: Record<string, string>) => retryAfter(new Headers(headers), now)?.toISOString()

  test('reads seconds, dates and the reset of a used-up rate limit', () => {
    expect(read({ 'retry-after': '30' })).toBe('2026-11-03T12:00:30.000Z')
    expect(read({ 'retry-after': 'Tue, 03 Nov 2026 12:05:00 GMT' })).toBe('2026-11-03T12:05:00.000Z')
    expect(read({ 'ratelimit-remaining': '0', 'ratelimit-reset': String(now.getTime() / 1000 + 90) })).toBe(
      '2026-11-03T12:01:30.000Z',
    )
  })

  test('never lies in the past and is silent where the server is', () => {
    expect(read({ 'retry-after': 'Tue, 03 Nov 2020 12:05:00 GMT' })).toBe(now.toISOString())
    expect(read({ 'ratelimit-remaining': '12', 'ratelimit-reset': String(now.getTime() / 1000 + 90) })).toBeUndefined()
    expect(read({ 'retry-after': 'soon' })).toBeUndefined()
    expect(read({})).toBeUndefined()
  })
})

describe('with retry', () => {
  const options = {
    attempts: 3,
    firstMs: 1,
    maxMs: 2,
    shouldRetry: (error: unknown) => String(error).includes('again'),
  }

  test('tries until it works', async () => {
    const answer = await withRetry(async (attempt) => {
      if (attempt < 3) throw new Error('again')
      return attempt
    }, options)
    expect(answer).toBe(3)
  })

  test('gives up on an error that does not go away, and after the last attempt', async () => {
    let calls = 0
    const failing = (message: string) =>
      withRetry(async () => {
        calls++
        throw new Error(message)
      }, options)
    await expect(failing('never')).rejects.toThrow('never')
    expect(calls).toBe(1)
    await expect(failing('again')).rejects.toThrow('again')
    expect(calls).toBe(4)
  })
})
