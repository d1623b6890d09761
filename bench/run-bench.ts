/** The benchmarks: `npm run bench [-- name …]`. Each prints its own table; RESULTS.md keeps those worth keeping. */
import { errorText } from '../src/base/errors.ts'
import { runIngest } from './ingest.ts'
import { runLatency } from './latency.ts'

const benches: Record<string, () => Promise<void>> = { latency: runLatency, ingest: runIngest }

/** `--full` is for those that measure how cost grows. */
const wanted = process.argv.slice(2).filter((name) => name !== '--full')
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [name, run] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.error(`── ${name}`)
    await run().catch((error: unknown) => {
      console.error(`${name} failed: ${errorText(error)}`)
      process.exitCode = 1
    })
  }
}
