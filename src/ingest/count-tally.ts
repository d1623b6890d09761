import type { Metrics } from '../base/metrics.ts'
import type { Tally } from './tally.ts'

export type IngestMetrics = Pick<
  Metrics,
  'eventsConsumed' | 'deadLetters' | 'syncLatency' | 'sourceLag' | 'shadowAccountsCreated' | 'syncConflicts'
>

/** What became of a batch of a source, in the metrics. */
export function countTally(metrics: IngestMetrics | undefined, source: string, tally: Tally): void {
  if (!metrics) return
  for (const [key, n] of tally.byCollection) {
    const [collection = '', outcome = ''] = key.split(' ')
    metrics.eventsConsumed.inc({ collection, outcome }, n)
  }
  for (const [reason, n] of tally.reasons) metrics.deadLetters.inc({ reason }, n)
  for (const ms of tally.latenciesMs) metrics.syncLatency.observe(ms / 1000)
  const last = tally.latenciesMs.at(-1)
  if (last !== undefined) metrics.sourceLag.set({ source: source.split(':')[0] ?? '' }, last / 1000)
}
