import { describe, expect, test } from 'vitest'
import { Rhythm } from './rhythm.ts'

function speak(rhythm: Rhythm, times: number, everyMs: number, from = 0): number {
  for (let i = 0; i < times; i++) rhythm.note(from + i * everyMs)
  return from + (times - 1) * everyMs
}

describe('a stream that speaks often', () => {
  test('is silent for too long after 200 times its usual pause, a minute at least', () => {
    const rhythm = new Rhythm()
    const last = speak(rhythm, 1_000, 100)
    expect(rhythm.takeSilence(last + 59_000)).toBeUndefined()
    expect(rhythm.takeSilence(last + 60_000)).toEqual({ silentMs: 60_000, usualMs: expect.closeTo(100, 5) })
    const slow = new Rhythm()
    const end = speak(slow, 1_000, 1_000)
    expect(slow.takeSilence(end + 199_000)).toBeUndefined()
    expect(slow.takeSilence(end + 200_001)).toBeDefined()
  })

  test('says it once, and is learned anew', () => {
    const rhythm = new Rhythm()
    const last = speak(rhythm, 1_000, 100)
    expect(rhythm.takeSilence(last + 90_000)).toBeDefined()
    expect(rhythm.takeSilence(last + 990_000)).toBeUndefined()
    const later = speak(rhythm, 100, 100, last + 990_000)
    expect(rhythm.takeSilence(later + 990_000)).toBeUndefined()
  })

  test('is not suspected for the time in which nobody listened', () => {
    const rhythm = new Rhythm()
    const last = speak(rhythm, 1_000, 100)
    rhythm.skip()
    expect(rhythm.takeSilence(last + 990_000)).toBeUndefined()
  })
})

test('a stream that rarely speaks is never suspected', () => {
  const rhythm = new Rhythm()
  const last = speak(rhythm, 400, 10)
  expect(rhythm.takeSilence(last + 24 * 3600_000)).toBeUndefined()
})
