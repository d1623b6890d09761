/**
 * Mutates what comes from outside (frames, CARs, messages, records, addresses, times) and reads it: `npm run fuzz
 * [-- --count 1000000 --seed N]`. Exits with 1 where anything throws, misses an op, takes five seconds, or keeps memory.
 */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const say = (done: number) => {
  if (done % 100_000 === 0) console.error(`${done} mutations`)
}
const report = await fuzz({ count: Number(values.count), seed: Number(values.seed), onProgress: say })
const { slowest, heap, failures } = report
for (const [target, answers] of report.answers) {
  const sorted = [...answers].sort((a, b) => b[1] - a[1]).map(([answer, n]) => `${answer} ${n}`)
  console.log(`${target.padEnd(18)} ${sorted.join(', ')}`)
}
console.log(`${report.count} mutations in ${report.seconds.toFixed(1)} s, seed ${report.seed}`)
console.log(`slowest ${slowest.ms.toFixed(1)} ms (${slowest.target}, seed ${slowest.seed})`)
console.log(`heap ${heap.early.toFixed(1)} MB at a tenth, ${heap.end.toFixed(1)} MB at the end`)
for (const { target, seed, error } of failures) console.log(`FAILED ${target}, seed ${seed}:`, error)
process.exitCode = failures.length > 0 || slowest.ms > 5000 || heap.end - heap.early > 32 ? 1 : 0
