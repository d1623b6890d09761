import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { notify } from '../../db/notify.ts'
import { gapsChannel, reopenGap } from '../../ingest/gap-store.ts'
import { listOpenRuns, startRun } from '../../ingest/repo-run-store.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { admin } from '../kernel/policies.ts'
import { type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import { IngestPage } from '../pages/ingest-page.tsx'
import { loadIngest } from './load-ingest.ts'

const path = '/admin/ingest'

const showRoute = pageRoute({
  method: 'GET',
  path,
  policy: admin,
  handle: async ({ request }) => {
    const view = await loadIngest(request.services.db, request.receivedAt)
    return page(request, 200, (shell) => <IngestPage shell={shell} view={view} />)
  },
})

/** A pass that whoever has the ingest role will work at. One of its kind at a time. */
async function orderPass(request: WebRequest, kind: 'backfill' | 'reconcile'): Promise<Response> {
  const { db } = request.services
  const isOpen = (await listOpenRuns(db)).some((run) => run.kind === kind && !run.isDryRun)
  if (!isOpen) {
    const { id } = await startRun(db, { kind })
    request.log.info('pass over repos ordered', { run: id, kind })
    await notify(db, gapsChannel)
  }
  return seeOtherWithFlash(request, path, 'pass-ordered')
}

const backfillRoute = pageRoute({
  method: 'POST',
  path: `${path}/backfill`,
  policy: admin,
  handle: async ({ request }) => orderPass(request, 'backfill'),
})

const reconcileRoute = pageRoute({
  method: 'POST',
  path: `${path}/reconcile`,
  policy: admin,
  handle: async ({ request }) => orderPass(request, 'reconcile'),
})

const id = z.coerce.number().int().positive()

const retryRoute = pageRoute({
  method: 'POST',
  path: `${path}/gaps/:id/retry`,
  policy: admin,
  handle: async ({ request }) => {
    const gap = id.safeParse(request.params['id'])
    if (!gap.success || !(await reopenGap(request.services.db, gap.data)))
      throw new AppError('not-found', 'There is no such gap that could not be healed.')
    return seeOtherWithFlash(request, path, 'gap-reopened')
  },
})

export const ingestPageRoutes: Route[] = [showRoute, backfillRoute, reconcileRoute, retryRoute]
