import { expect, test } from 'vitest'
import { fuzz } from './fuzz/fuzz.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)

test(`nothing from outside crashes, hangs, is missed or stays in memory (seed ${seed})`, async () => {
  const { failures, slowest, heap } = await fuzz({ count: 20_000, seed })
  expect(failures).toEqual([])
  expect(slowest.ms, `${slowest.target}, seed ${slowest.seed}`).toBeLessThan(5_000)
  expect(heap.end - heap.early).toBeLessThan(64)
}, 120_000)
