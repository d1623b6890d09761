import { z } from 'zod'
import { liveHeaders, openLiveStream } from '../kernel/live-stream.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, fileRoute } from '../kernel/route.ts'

const topic = z
  .string()
  .regex(/^(?:explore|ingest|(?:event|account):[1-9]\d{0,14})$/, 'event:<id>, account:<id>, explore or ingest')
const topics = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(topic).min(1).max(20))

/** Says that something changed, never what: whoever may see it asks for its page again. */
const liveRoute = fileRoute({
  method: 'GET',
  path: '/live',
  policy: anyone,
  isImpersonal: true,
  query: z.object({ topic: topics, since: z.coerce.number().int().min(0).optional() }),
  perMinute: 240,
  handle: async ({ request, query }) => {
    const { services, http, client } = request
    if (http.req.raw.method === 'HEAD') return new Response(null, { headers: liveHeaders })
    return openLiveStream(services.hub, { topics: query.topic, since: query.since }, client.key)
  },
})

export const liveRoutes: Route[] = [liveRoute]
