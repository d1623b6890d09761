import { AppError } from '../../base/errors.ts'
import { type Route, fileRoute } from '../kernel/route.ts'
import { toIcsEvent } from '../view/to-ics-event.ts'
import { writeIcs } from '../view/write-ics.ts'
import { eventViewer } from './event-policies.ts'

const icsRoute = fileRoute({
  method: 'GET',
  path: '/events/:slug{[a-z0-9-]+\\.ics}',
  policy: eventViewer,
  handle: async ({ request, subject: event }) => {
    const ics = toIcsEvent(event, request.services.config.publicUrl)
    if (!ics) throw new AppError('conflict', 'This event has no date yet.')
    return new Response(writeIcs([ics], { now: new Date() }), {
      headers: {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': `inline; filename="${event.slug}.ics"`,
        'cache-control': 'private, no-cache',
      },
    })
  },
})

export const eventIcsRoutes: Route[] = [icsRoute]
