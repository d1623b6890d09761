import { z } from 'zod'
import { audit } from '../../accounts/audit.ts'
import { AppError } from '../../base/errors.ts'
import { type DeadLetter, discardDeadLetters, getDeadLetter } from '../../ingest/dead-letter-store.ts'
import type { DispatchDeps } from '../../ingest/dispatch.ts'
import { type ReplayOutcome, replayDeadLetter, replayDeadLetters } from '../../ingest/replay-dead-letters.ts'
import type { FlashCode } from '../messages.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { admin } from '../kernel/policies.ts'
import { type Policy, type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import { DeadLetterPage, DeadLettersPage } from '../pages/dead-letters-page.tsx'
import { loadDeadLetters } from './load-ingest.ts'

const path = '/admin/dead-letters'
/** One request must come to an end; the operator's command takes any number. */
const maxReplays = 1000

/** An administrator, and a letter that is there. */
const adminOfLetter: Policy<{ accountId: number; letter: DeadLetter }> = {
  name: admin.name,
  async admit(request) {
    const { id: accountId } = await admin.admit(request)
    const id = request.params['id'] ?? ''
    if (!/^\d{1,15}$/.test(id)) throw new AppError('not-found', 'There is no such dead letter.')
    return { accountId, letter: await getDeadLetter(request.services.db, Number(id)) }
  },
}

const reason = z.string().min(1).max(100)

const listRoute = pageRoute({
  method: 'GET',
  path,
  policy: admin,
  query: z.object({
    reason: reason.optional().catch(undefined),
    before: z.coerce.number().int().positive().optional().catch(undefined),
  }),
  handle: async ({ request, query }) => {
    const view = await loadDeadLetters(request.services.db, query)
    return page(request, 200, (shell) => <DeadLettersPage shell={shell} view={view} />)
  },
})

const showRoute = pageRoute({
  method: 'GET',
  path: `${path}/:id`,
  policy: adminOfLetter,
  handle: async ({ request, subject: { letter } }) =>
    page(request, 200, (shell) => <DeadLetterPage shell={shell} letter={letter} />),
})

const flashOf: Record<ReplayOutcome, FlashCode> = {
  applied: 'letter-applied',
  outdated: 'letter-outdated',
  failed: 'letter-failed',
}

const replayRoute = pageRoute({
  method: 'POST',
  path: `${path}/:id/replay`,
  policy: adminOfLetter,
  handle: async ({ request, subject: { accountId, letter } }) => {
    const outcome = await replayDeadLetter(toDeps(request), letter.id)
    const { uri: subject } = letter
    await audit(request.services.db, {
      ...{ accountId, action: 'replay-dead-letters', subject },
      detail: { reason: letter.reason, outcome },
    })
    return seeOtherWithFlash(request, outcome === 'failed' ? `${path}/${letter.id}` : path, flashOf[outcome])
  },
})

const discardRoute = pageRoute({
  method: 'POST',
  path: `${path}/:id/discard`,
  policy: adminOfLetter,
  handle: async ({ request, subject: { accountId, letter } }) => {
    const { db } = request.services
    const discarded = await discardDeadLetters(db, { id: letter.id })
    const { uri: subject } = letter
    await audit(db, {
      ...{ accountId, action: 'discard-dead-letters', subject },
      detail: { reason: letter.reason, discarded },
    })
    return seeOtherWithFlash(request, path, 'letters-discarded')
  },
})

const replayAllRoute = pageRoute({
  method: 'POST',
  path: `${path}/replay`,
  policy: admin,
  body: z.object({ reason: reason.optional() }),
  handle: async ({ request, subject: { id: accountId }, body }) => {
    const counts: Record<ReplayOutcome, number> = { applied: 0, outdated: 0, failed: 0 }
    let tries = 0
    for await (const { outcome } of replayDeadLetters(toDeps(request), body.reason)) {
      counts[outcome]++
      if (++tries >= maxReplays) break
    }
    const subject = body.reason ?? 'all'
    await audit(request.services.db, { accountId, action: 'replay-dead-letters', subject, detail: counts })
    return seeOtherWithFlash(request, path, counts.failed > 0 ? 'letters-left' : 'letters-replayed')
  },
})

const discardAllRoute = pageRoute({
  method: 'POST',
  path: `${path}/discard`,
  policy: admin,
  body: z.object({ reason }),
  handle: async ({ request, subject: { id: accountId }, body }) => {
    const { db } = request.services
    const discarded = await discardDeadLetters(db, { reason: body.reason })
    await audit(db, { accountId, action: 'discard-dead-letters', subject: body.reason, detail: { discarded } })
    return seeOtherWithFlash(request, path, 'letters-discarded')
  },
})

function toDeps({ services, log }: WebRequest): DispatchDeps {
  const { db, metrics, config } = services
  return { db, log, metrics, publicUrl: config.publicUrl }
}

export const deadLetterPageRoutes: Route[] = [
  listRoute,
  replayAllRoute,
  discardAllRoute,
  showRoute,
  replayRoute,
  discardRoute,
]
