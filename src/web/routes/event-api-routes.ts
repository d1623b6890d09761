import { z } from 'zod'
import { eventInputSchema, eventPatchSchema } from '../../events/event-input.ts'
import { decodeCursor } from '../../events/list-cursor.ts'
import { listEvents } from '../../events/list-events.ts'
import { toTimezone } from '../../events/read-time.ts'
import { createEvent, deleteEvent } from '../../events/write-event.ts'
import { changeEvent } from '../../rsvps/change-event.ts'
import { anyone, signedIn } from '../kernel/policies.ts'
import { type Route, apiRoute, json } from '../kernel/route.ts'
import { toEventAnswers, toOneEventAnswer } from './event-answer.ts'
import { cursorAnswer, eventAnswer, pageQuery } from './event-answer-schema.ts'
import { eventOwner, eventViewer } from './event-policies.ts'
import { toEventQuery } from './explore-routes.tsx'

const tag = 'events'

const listRoute = apiRoute({
  method: 'GET',
  path: '/api/events',
  policy: anyone,
  summary: 'Public events that have a date',
  tag,
  query: z.object({
    q: z.string().max(200).default('').describe('Words of name, description or place'),
    when: z.enum(['upcoming', 'today', 'week', 'month', 'past']).default('upcoming'),
    mode: z.enum(['all', 'inperson', 'virtual']).default('all'),
    source: z.enum(['all', 'here', 'network']).default('all'),
    timezone: z.string().max(64).default('UTC').describe('Whose days `today`, `week` and `month` are'),
    ...pageQuery,
  }),
  answer: z.object({ items: z.array(eventAnswer), cursor: cursorAnswer }),
  handle: async ({ request, query: { cursor, limit, timezone, ...filters } }) => {
    const clock = { now: new Date(), zone: toTimezone(timezone) ?? 'UTC' }
    const after = cursor === undefined ? undefined : decodeCursor(cursor)
    const query = { ...toEventQuery({ ...filters, q: filters.q.trim() }, clock), limit, after }
    const found = await listEvents(request.services.db, query)
    return json({ items: await toEventAnswers(request, found.rows), cursor: found.cursor })
  },
})

const createRoute = apiRoute({
  method: 'POST',
  path: '/api/events',
  policy: signedIn,
  summary: 'Create an event',
  tag,
  body: eventInputSchema,
  status: 201,
  answer: eventAnswer,
  handle: async ({ request, subject, body }) => {
    const event = await createEvent(request.services.db, subject, body)
    const answer = await toOneEventAnswer(request, event)
    return json(answer, 201, { location: `${request.services.config.publicUrl}/api/events/${event.slug}` })
  },
})

const getRoute = apiRoute({
  method: 'GET',
  path: '/api/events/:slug',
  policy: eventViewer,
  summary: 'One event',
  tag,
  answer: eventAnswer,
  handle: async ({ request, subject }) => json(await toOneEventAnswer(request, subject)),
})

const patchRoute = apiRoute({
  method: 'PATCH',
  path: '/api/events/:slug',
  policy: eventOwner,
  summary: 'Change what is named of an event',
  tag,
  body: eventPatchSchema,
  answer: eventAnswer,
  handle: async ({ request, subject: { event, account }, body }) => {
    const changed = await changeEvent(request.services.db, account, { id: event.id, patch: body })
    return json(await toOneEventAnswer(request, changed))
  },
})

const deleteRoute = apiRoute({
  method: 'DELETE',
  path: '/api/events/:slug',
  policy: eventOwner,
  summary: 'Delete an event, here and on the network',
  tag,
  status: 204,
  handle: async ({ request, subject: { event, account } }) => {
    await deleteEvent(request.services.db, account, event.id)
    return new Response(null, { status: 204 })
  },
})

export const eventApiRoutes: Route[] = [listRoute, createRoute, getRoute, patchRoute, deleteRoute]
