import { z } from 'zod'
import { audit } from '../../accounts/audit.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import {
  type DeadLetter,
  countDeadLetters,
  discardDeadLetters,
  getDeadLetter,
  listDeadLetters,
} from '../../ingest/dead-letter-store.ts'
import type { DispatchDeps } from '../../ingest/dispatch.ts'
import { type ReplayOutcome, replayDeadLetter, replayDeadLetters } from '../../ingest/replay-dead-letters.ts'
import { admin } from '../kernel/policies.ts'
import { type Policy, type Route, type WebRequest, apiRoute, json } from '../kernel/route.ts'
import { cursorAnswer, instant } from './event-answer-schema.ts'

const tag = 'admin'
const outcome = z.enum(['applied', 'outdated', 'failed'])
/** One request must come to an end; the operator's command takes any number. */
const maxReplays = 1000

const letter = z.object({
  id: z.number().int(),
  uri: z.string(),
  did: z.string(),
  rev: z.string(),
  op: z.unknown().describe('What came in, as far as it could be kept'),
  reason: z.string(),
  error: z.string(),
  attempts: z.number().int(),
  firstSeenAt: instant,
  lastSeenAt: instant,
})

/** An administrator, and a letter that is there. */
const adminOfLetter: Policy<{ account: AccountRow; letter: DeadLetter }> = {
  name: admin.name,
  async admit(request) {
    const account = await admin.admit(request)
    const id = request.params['id'] ?? ''
    if (!/^\d{1,15}$/.test(id)) throw new AppError('not-found', 'There is no such dead letter.')
    return { account, letter: await getDeadLetter(request.services.db, Number(id)) }
  },
}

const listRoute = apiRoute({
  method: 'GET',
  path: '/api/admin/dead-letters',
  policy: admin,
  summary: 'Ops that could not be taken in',
  tag,
  query: z.object({
    reason: z.string().max(100).optional(),
    cursor: z.coerce.number().int().positive().optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  answer: z.object({
    items: z.array(letter),
    cursor: cursorAnswer,
    reasons: z.array(z.object({ reason: z.string(), count: z.number().int() })),
  }),
  handle: async ({ request: { services }, query: { reason, cursor, limit } }) => {
    const filter = {
      limit: limit + 1,
      ...(reason !== undefined && { reason }),
      ...(cursor !== undefined && { before: cursor }),
    }
    const [letters, reasons] = await Promise.all([listDeadLetters(services.db, filter), countDeadLetters(services.db)])
    const items = letters.slice(0, limit)
    return json({ items, reasons, ...(letters.length > limit && { cursor: String(items.at(-1)?.id) }) })
  },
})

const getRoute = apiRoute({
  method: 'GET',
  path: '/api/admin/dead-letters/:id',
  policy: adminOfLetter,
  summary: 'One dead letter',
  tag,
  answer: letter,
  handle: async ({ subject }) => json(subject.letter),
})

const replayRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/dead-letters/:id/replay',
  policy: adminOfLetter,
  summary: 'Try a dead letter again',
  tag,
  answer: z.object({ outcome }),
  handle: async ({ request, subject: { account, letter } }) => {
    const outcome = await replayDeadLetter(toDeps(request), letter.id)
    const { uri: subject, reason } = letter
    await audit(request.services.db, {
      ...{ accountId: account.id, action: 'replay-dead-letters', subject },
      detail: { reason, outcome },
    })
    return json({ outcome })
  },
})

const discardRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/dead-letters/:id/discard',
  policy: adminOfLetter,
  summary: 'Give up on a dead letter',
  tag,
  answer: z.object({ discarded: z.number().int() }),
  handle: async ({ request, subject: { account, letter } }) => {
    const { db } = request.services
    const discarded = await discardDeadLetters(db, { id: letter.id })
    const { uri: subject, reason } = letter
    await audit(db, { accountId: account.id, action: 'discard-dead-letters', subject, detail: { reason, discarded } })
    return json({ discarded })
  },
})

const replayAllRoute = apiRoute({
  method: 'POST',
  path: '/api/admin/dead-letters/replay',
  policy: admin,
  summary: 'Try dead letters again, of one reason or of any, newest first',
  tag,
  body: z.strictObject({
    reason: z.string().max(100).optional(),
    limit: z.number().int().min(1).max(maxReplays).default(maxReplays),
  }),
  answer: z.object({ applied: z.number().int(), outdated: z.number().int(), failed: z.number().int() }),
  handle: async ({ request, subject: account, body: { reason, limit } }) => {
    const counts: Record<ReplayOutcome, number> = { applied: 0, outdated: 0, failed: 0 }
    let tries = 0
    for await (const { outcome } of replayDeadLetters(toDeps(request), reason)) {
      counts[outcome]++
      if (++tries >= limit) break
    }
    await audit(request.services.db, {
      ...{ accountId: account.id, action: 'replay-dead-letters', subject: reason ?? 'all' },
      detail: counts,
    })
    return json(counts)
  },
})

function toDeps({ services, log }: WebRequest): DispatchDeps {
  const { db, metrics, config } = services
  return { db, log, metrics, publicUrl: config.publicUrl }
}

export const deadLetterApiRoutes: Route[] = [listRoute, replayAllRoute, getRoute, replayRoute, discardRoute]
