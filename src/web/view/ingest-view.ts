import type { DeadLetter } from '../../ingest/dead-letter-store.ts'
import type { Gap } from '../../ingest/gap-store.ts'
import type { RepoRun, RunProgress } from '../../ingest/repo-run-store.ts'

export type SourceView = {
  name: string
  host: string
  isReading: boolean
  /** Ops, of the last minutes. */
  perSecond: number
  lagMs: number | null
  lastAt: Date | null
}

export type HourView = { at: Date; ops: number; applied: number; deadLettered: number }

/** `rates`: ops per second of each five minutes, oldest first. */
export type PlotView = { from: Date; rates: number[]; hours: HourView[] }

export type RunView = RepoRun & { progress: RunProgress }

export type IngestPageView = {
  sources: SourceView[]
  plot: PlotView
  gaps: Gap[]
  letters: { reason: string; count: number }[]
  runs: RunView[]
}

export type DeadLettersView = {
  reasons: { reason: string; count: number }[]
  reason: string | null
  letters: DeadLetter[]
  nextPath: string | null
}
