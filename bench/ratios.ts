export type Row = readonly (string | number)[]

export function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]]
  return (low + high) / 2
}

/** Round by round: what is taken together on a busy machine is compared with what was taken at the same time. */
export function ratiosOf(sample: readonly number[], base: readonly number[]): number[] {
  return sample.map((value, i) => value / (base[i] ?? Number.NaN))
}

export function printTable(head: Row, rows: readonly Row[]): void {
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
  console.log('')
}

/** CPU time of this process that `task` takes, in microseconds. */
async function cpuMicrosOf(task: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await task()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

export type Contender = [name: string, run: () => unknown]

/** Each in turn, round by round, so that all see the same machine. `each`: how much one run does. */
export async function compare(
  title: string,
  contenders: readonly Contender[],
  { rounds, times, each = 1 }: { rounds: number; times: number; each?: number },
): Promise<void> {
  const micros = contenders.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    for (const [i, [, run]] of contenders.entries()) {
      const took = await cpuMicrosOf(async () => {
        for (let n = 0; n < times; n++) await run()
      })
      // The first round warms up.
      if (round >= 0) micros[i]?.push(took / times / each)
    }
  }
  const rows = contenders.map(([name], i): Row => {
    const all = micros[i] ?? []
    return [name, median(all).toFixed(0), `${median(ratiosOf(all, micros[0] ?? [])).toFixed(2)} ×`]
  })
  printTable([title, 'µs CPU', 'of ours'], rows)
}
