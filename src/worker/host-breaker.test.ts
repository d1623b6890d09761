import { expect, test } from 'vitest'
import { HostBreaker } from './host-breaker.ts'

const backoff = { firstMs: 1000, maxMs: 60_000 }
const host = 'pds.example'

function broken(failures: number): HostBreaker {
  const breaker = new HostBreaker(backoff)
  for (let n = 0; n < failures; n++) breaker.failed(host, 0)
  return breaker
}

test('a host is asked until it has failed three times in a row, and others are asked on', () => {
  expect(broken(2).enter(host, 0)).toBeUndefined()
  const breaker = broken(3)
  expect(breaker.enter(host, 0)?.getTime()).toBeGreaterThan(0)
  expect(breaker.enter('other.example', 0)).toBeUndefined()
  expect(breaker.open).toBe(1)
})

test('one success in between is a new beginning', () => {
  const breaker = broken(2)
  breaker.succeeded(host)
  breaker.failed(host, 0)
  breaker.failed(host, 0)
  expect(breaker.enter(host, 0)).toBeUndefined()
})

test('after its while one caller probes it, the others wait for what comes of it', () => {
  const breaker = broken(3)
  const later = 100_000
  expect(breaker.enter(host, later)).toBeUndefined()
  expect(breaker.enter(host, later)).toBeDefined()
  breaker.failed(host, later)
  expect(breaker.enter(host, later)?.getTime()).toBeGreaterThan(later)
  const muchLater = 300_000
  expect(breaker.enter(host, muchLater)).toBeUndefined()
  breaker.succeeded(host)
  expect([breaker.enter(host, muchLater), breaker.enter(host, muchLater), breaker.open]).toEqual([
    undefined,
    undefined,
    0,
  ])
})

test('the while grows, and has an end', () => {
  const pause = (failures: number) =>
    Math.max(...Array.from({ length: 50 }, () => broken(failures).enter(host, 0)?.getTime() ?? 0))
  expect(pause(3)).toBeLessThanOrEqual(2500)
  expect(pause(10)).toBeGreaterThan(pause(3))
  expect(pause(40)).toBeLessThanOrEqual(30_500)
})
