import type { Db } from '../../db/database.ts'
import { countDeadLetters, listDeadLetters } from '../../ingest/dead-letter-store.ts'
import { listGaps } from '../../ingest/gap-store.ts'
import { listMinutes } from '../../ingest/ingest-minutes.ts'
import { listRuns, readProgress } from '../../ingest/repo-run-store.ts'
import type { DeadLettersView, IngestPageView } from '../view/ingest-view.ts'
import { plotBegin, toPlot, toSources } from '../view/to-ingest.ts'

const shownGaps = 20
const shownRuns = 5
const pageSize = 50

export async function loadIngest(db: Db, now: Date): Promise<IngestPageView> {
  const [minutes, cursors, gaps, letters, runs] = await Promise.all([
    listMinutes(db, plotBegin(now)),
    db.selectFrom('cursors').select(['source', 'updated_at']).execute(),
    listGaps(db, shownGaps),
    countDeadLetters(db),
    listRuns(db, shownRuns),
  ])
  const stored = new Map(cursors.map(({ source, updated_at }) => [source, updated_at]))
  return {
    sources: toSources(minutes, stored, now),
    plot: toPlot(minutes, now),
    gaps,
    letters,
    runs: await Promise.all(runs.map(async (run) => ({ ...run, progress: await readProgress(db, run.id) }))),
  }
}

type Wanted = { reason?: string | undefined; before?: number | undefined }

export async function loadDeadLetters(db: Db, { reason, before }: Wanted): Promise<DeadLettersView> {
  const filter = {
    limit: pageSize + 1,
    ...(reason !== undefined && { reason }),
    ...(before !== undefined && { before }),
  }
  const [letters, reasons] = await Promise.all([listDeadLetters(db, filter), countDeadLetters(db)])
  const shown = letters.slice(0, pageSize)
  const next = new URLSearchParams({ ...(reason !== undefined && { reason }), before: String(shown.at(-1)?.id) })
  return {
    reasons,
    reason: reason ?? null,
    letters: shown,
    nextPath: letters.length > pageSize ? `/admin/dead-letters?${next}` : null,
  }
}
