import { AppError } from '../../base/errors.ts'
import { z } from 'zod'
import { findEventBySlug } from '../../events/event-store.ts'
import { syncEvent } from '../../events/write-event.ts'
import { type Route, apiRoute, json } from '../kernel/route.ts'
import { toOneEventAnswer } from './event-answer.ts'
import { sourceAnswer, syncAnswer } from './event-answer-schema.ts'
import { eventOwner } from './event-policies.ts'

const syncRoute = apiRoute({
  method: 'POST',
  path: '/api/events/:slug/sync',
  policy: eventOwner,
  summary: 'Compare an event with its record now, and write it where it differs',
  tag: 'sync',
  status: 202,
  answer: z.object({ slug: z.string(), source: sourceAnswer, sync: syncAnswer }),
  handle: async ({ request, subject: { event, account } }) => {
    const { db } = request.services
    if (!(await syncEvent(db, account, event.id)))
      throw new AppError(
        'conflict',
        account.did === null
          ? 'Connect your Bluesky account first, under Settings.'
          : 'Only public events that are published here are on the network.',
      )
    const { slug, source, sync } = await toOneEventAnswer(request, (await findEventBySlug(db, event.slug)) ?? event)
    return json({ slug, source, sync }, 202)
  },
})

export const syncApiRoutes: Route[] = [syncRoute]
