export type Quantiles = { n: number; min: number; p50: number; p90: number; p99: number; max: number }

/** Of a sample, in its own unit; p99 of fewer than a hundred is the largest but for rounding. */
export function quantilesOf(sample: readonly number[]): Quantiles {
  const sorted = sample.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { n: sorted.length, min: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

export function printQuantiles(rows: Record<string, Quantiles>, unit: string): void {
  console.log(`| ${unit} | n | min | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|---|`)
  for (const [name, { n, ...times }] of Object.entries(rows))
    console.log(`| ${[name, n, ...Object.values(times).map((value) => value.toFixed(0))].join(' | ')} |`)
}
