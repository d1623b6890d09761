/** One reader of a benchmark, in a process of its own: `ingest-reader.ts NAME URL`, the keys on stdin. Prints a Measured. */
import { json } from 'node:stream/consumers'
import { readers } from './ingest-readers.ts'

export type Measured = { cpuMicros: number; hits: string[]; peakMb: number }

const [name = '', url = '', frames = '0'] = process.argv.slice(2)
const keys = new Map((await json(process.stdin)) as [string, string][])
const hits: string[] = []
let received = 0
let startedAt: NodeJS.CpuUsage | undefined

// The first hit ends the warming up, the last frame the reading; who tells no hits is measured by frames.
const [warm = 0, all = 0] = frames.split(':').map(Number)
const begin = () => (startedAt ??= process.cpuUsage())

function end(): void {
  const { user, system } = process.cpuUsage(startedAt)
  const measured: Measured = { cpuMicros: user + system, hits, peakMb: process.resourceUsage().maxRSS / 1024 }
  console.log(JSON.stringify(measured))
  process.exit(0)
}

readers[name]?.({
  url,
  keys,
  onFrame() {
    received++
    if (received === warm) begin()
    if (received === all) end()
  },
  onHit(path) {
    begin()
    hits.push(path)
    if (hits.length === Number(process.argv[5])) end()
  },
})
