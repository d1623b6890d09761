import type { Op, Source, SourceBatch } from '../src/atproto/record-op.ts'

/** Quick to connect again, for tests. */
export const quickTiming = { backoff: { firstMs: 1, maxMs: 20 }, pingMs: 50, idleMs: 20 }

export type Reading = { batches: SourceBatch[]; ops: Op[]; notices: SourceBatch['notices'] }
type ReadOptions = {
  cursor?: number | undefined
  isEnough: (reading: Reading) => boolean
  /** May do something to the host in between. */
  onBatch?: (batch: SourceBatch) => unknown
}

/** Reads a source until `isEnough`, at most ten seconds. */
export async function readSource(source: Source, { cursor, isEnough, onBatch }: ReadOptions): Promise<Reading> {
  const reading: Reading = { batches: [], ops: [], notices: [] }
  for await (const batch of source.batches(cursor, AbortSignal.timeout(10_000))) {
    reading.batches.push(batch)
    reading.ops.push(...batch.messages.map(({ op }) => op))
    reading.notices.push(...batch.notices)
    await onBatch?.(batch)
    if (isEnough(reading)) return reading
  }
  throw new Error(`after ${reading.ops.length} ops: ${JSON.stringify(reading.ops.at(-1))}`)
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** What ops are about, in short. */
export function namesOf(ops: readonly Op[]): string[] {
  return ops.map((op) => (op.kind === 'record' ? op.rkey : op.kind))
}
