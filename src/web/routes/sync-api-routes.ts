import { AppError } from '../../base/errors.ts'
import { z } from 'zod'
import { findEventBySlug } from '../../events/event-store.ts'
import { syncEvent } from '../../events/sync-event.ts'
import { type Route, apiRoute, json } from '../kernel/route.ts'
import { flashMessages } from '../messages/flash-messages.ts'
import { toOneEventAnswer } from './event-answer.ts'
import { sourceAnswer, syncAnswer } from './event-answer-schema.ts'
import { eventOwner } from './event-policies.ts'

/** The write is ordered, or there is none to order. */
const outcomes = ['queued', 'in-sync', 'needs-reconnect', 'host-away', 'rate-limit'] as const

const syncRoute = apiRoute({
  method: 'POST',
  path: '/api/events/:slug/sync',
  policy: eventOwner,
  summary: 'Compare an event with its record now, and write it where it differs',
  tag: 'sync',
  status: 202,
  answer: z.object({
    slug: z.string(),
    outcome: z.enum(outcomes).describe('`queued` is written at once; what is neither that nor `in-sync` waits'),
    message: z.string(),
    source: sourceAnswer,
    sync: syncAnswer,
  }),
  handle: async ({ request, subject: { event, account } }) => {
    const { db, config } = request.services
    const said = await syncEvent(db, account, { id: event.id, publicUrl: config.publicUrl })
    const { text: message } = flashMessages[`sync-${said}`]
    const outcome = outcomes.find((one) => one === said)
    if (!outcome) throw new AppError('conflict', message)
    const { slug, source, sync } = await toOneEventAnswer(request, (await findEventBySlug(db, event.slug)) ?? event)
    return json({ slug, outcome, message, source, sync }, 202)
  },
})

export const syncApiRoutes: Route[] = [syncRoute]
