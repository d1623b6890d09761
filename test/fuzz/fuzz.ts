import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Random } from '../chaos/random.ts'
import { type Target, makeTargets } from './targets.ts'

export type FuzzOptions = { count: number; seed: number; onProgress?: (done: number) => void }

export type FuzzReport = {
  count: number
  seed: number
  seconds: number
  /** How each target answered, and how often. */
  answers: Map<string, Map<string, number>>
  slowest: { ms: number; target: string; seed: number }
  /** Of the heap after a collection, at a tenth of the way and at the end, in MB. */
  heap: { early: number; end: number }
  failures: { target: string; seed: number; error: unknown }[]
}

/** Mutation `n` of a run is made from the seed `seed + n` alone, so that each can be made again by itself. */
export async function fuzz({ count, seed, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const targets = await makeTargets()
  const startedAt = performance.now()
  const report: FuzzReport = {
    count,
    seed,
    seconds: 0,
    answers: new Map(targets.map(({ name }) => [name, new Map()])),
    slowest: { ms: 0, target: '', seed: 0 },
    heap: { early: 0, end: 0 },
    failures: [],
  }
  for (let n = 0; n < count && report.failures.length < 20; n++) {
    tryOnce(targets[n % targets.length] as Target, seed + n, report)
    if (n === Math.floor(count / 10)) report.heap.early = heapAfterCollection()
    if (n % 10_000 === 0) onProgress?.(n)
  }
  report.heap.end = heapAfterCollection()
  report.seconds = (performance.now() - startedAt) / 1000
  return report
}

function tryOnce(target: Target, seed: number, report: FuzzReport): void {
  const startedAt = performance.now()
  try {
    const answer = target.run(new Random(seed))
    const answers = report.answers.get(target.name)
    answers?.set(answer, (answers.get(answer) ?? 0) + 1)
  } catch (error) {
    report.failures.push({ target: target.name, seed, error })
  }
  const ms = performance.now() - startedAt
  if (ms > report.slowest.ms) report.slowest = { ms, target: target.name, seed }
}

let collect: (() => void) | undefined

function heapAfterCollection(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  return process.memoryUsage().heapUsed / 1024 / 1024
}
