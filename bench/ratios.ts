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
export async function cpuMicrosOf(task: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await task()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
