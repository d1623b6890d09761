import { z } from 'zod'
import { type ConflictChoice, listConflicts, resolveConflict } from '../../events/event-conflicts.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { type Route, apiRoute, json, pageRoute } from '../kernel/route.ts'
import { buildShell } from '../kernel/request-shell.ts'
import { ConflictPage } from '../pages/conflict-page.tsx'
import { hueOf } from '../view/hue.ts'
import { toConflict } from '../view/to-conflict.ts'
import { toOneEventAnswer } from './event-answer.ts'
import { eventAnswer, instant } from './event-answer-schema.ts'
import { eventOwner, ownRepo } from './event-policies.ts'
import { findEventBySlug } from '../../events/event-store.ts'

const tag = 'sync'
const policy = eventOwner

const pageOfConflicts = pageRoute({
  method: 'GET',
  path: '/events/:slug/conflicts',
  policy,
  handle: async ({ request, subject: { event } }) => {
    const [shell, all] = await Promise.all([buildShell(request), listConflicts(request.services.db, event.id, 'all')])
    const views = all.map((conflict) => toConflict(conflict, shell.locale))
    const view = {
      event: { slug: event.slug, path: eventUrlPath(event), name: event.name, hue: hueOf(event.slug) },
      conflicts: views.filter(({ settled }) => !settled),
      history: views.filter(({ settled }) => settled),
    }
    return page(request, 200, (shell) => <ConflictPage shell={shell} view={view} />)
  },
})

const resolveForm = pageRoute({
  method: 'POST',
  path: '/events/:slug/resolve',
  policy,
  body: z.looseObject({
    conflictId: z.coerce.number().int().positive(),
    choice: z.enum(['ours', 'theirs', 'by-field']),
  }),
  handle: async ({ request, subject: { event, account }, body }) => {
    const { db } = request.services
    const { conflictId, choice } = body
    const keep = choice === 'by-field' ? readChoices(body) : choice
    await resolveConflict(db, event.id, { conflictId, keep, accountId: account.id, did: ownRepo(account) })
    const isMore = (await listConflicts(db, event.id, 'open')).length > 0
    const path = isMore ? `${eventUrlPath(event)}/conflicts` : eventUrlPath(event)
    return seeOtherWithFlash(request, path, 'conflict-resolved')
  },
})

/** `keep.name=ours`: for each field by its path. */
function readChoices(body: Record<string, unknown>): Record<string, ConflictChoice> {
  const chosen = Object.entries(body).filter(([name, value]) => name.startsWith('keep.') && value === 'ours')
  return Object.fromEntries(chosen.map(([name]) => [name.slice('keep.'.length), 'ours']))
}

const record = z.record(z.string(), z.unknown())
const choice = z.enum(['ours', 'theirs'])

const listRoute = apiRoute({
  method: 'GET',
  path: '/api/events/:slug/conflicts',
  policy,
  summary: 'Versions of an event that clash',
  tag,
  query: z.object({ which: z.enum(['open', 'all']).default('open') }),
  answer: z.object({
    items: z.array(
      z.object({
        id: z.number().int(),
        uri: z.string(),
        fields: z.array(z.string()).describe('Paths into the record'),
        base: record.nullable(),
        ours: record,
        theirs: record.describe('What counts until it is decided'),
        detectedAt: instant,
        resolvedAt: instant.nullable(),
        resolution: z.string().nullable(),
      }),
    ),
  }),
  handle: async ({ request, subject: { event }, query }) =>
    json({ items: await listConflicts(request.services.db, event.id, query.which) }),
})

const resolveRoute = apiRoute({
  method: 'POST',
  path: '/api/events/:slug/resolve',
  policy,
  summary: 'Decide a conflict',
  tag,
  body: z.strictObject({
    conflictId: z.number().int().positive().optional().describe('Without it: the newest that is open'),
    keep: z
      .union([choice, z.record(z.string(), choice)])
      .default('theirs')
      .describe('For all fields, or for each by its path; what is not named stays theirs'),
  }),
  answer: eventAnswer,
  handle: async ({ request, subject: { event, account }, body: { keep, ...body } }) => {
    const { db } = request.services
    const conflictId = body.conflictId ?? (await listConflicts(db, event.id, 'open'))[0]?.id ?? 0
    await resolveConflict(db, event.id, { conflictId, keep, accountId: account.id, did: ownRepo(account) })
    return json(await toOneEventAnswer(request, (await findEventBySlug(db, event.slug)) ?? event))
  },
})

export const conflictRoutes: Route[] = [pageOfConflicts, resolveForm, listRoute, resolveRoute]
