import { z } from 'zod'
import { decodeCursor } from '../../events/list-cursor.ts'
import { type PersonEventsQuery, listPersonEvents } from '../../rsvps/person-events.ts'
import { signedIn } from '../kernel/policies.ts'
import { type Route, type WebRequest, apiRoute, json } from '../kernel/route.ts'
import { toEventAnswers } from './event-answer.ts'
import { cursorAnswer, eventAnswer, pageQuery } from './event-answer-schema.ts'
import { namedPerson } from './named-person.ts'

const tag = 'events'
const answer = z.object({ items: z.array(eventAnswer), cursor: cursorAnswer })

const userEventsRoute = apiRoute({
  method: 'GET',
  path: '/api/users/:handleOrDid/events',
  policy: namedPerson,
  summary: 'Public events of a person',
  tag,
  query: z.object({ tab: z.enum(['hosting', 'going', 'past']).default('hosting'), ...pageQuery }),
  answer,
  handle: async ({ request, subject, query }) =>
    answerList(request, { ...query, accountId: subject.id, audience: 'public' }),
})

const myEventsRoute = apiRoute({
  method: 'GET',
  path: '/api/me/events',
  policy: signedIn,
  summary: 'My own events, drafts and private ones too',
  tag,
  query: z.object({ tab: z.enum(['hosting', 'going', 'drafts', 'past']).default('hosting'), ...pageQuery }),
  answer,
  handle: async ({ request, subject, query }) =>
    answerList(request, { ...query, accountId: subject.id, audience: 'self' }),
})

type Asked = Omit<PersonEventsQuery, 'now' | 'after'> & { cursor?: string | undefined }

async function answerList(request: WebRequest, { cursor, ...asked }: Asked): Promise<Response> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor)
  const found = await listPersonEvents(request.services.db, { ...asked, now: new Date(), after })
  return json({ items: await toEventAnswers(request, found.rows), cursor: found.cursor })
}

export const personEventsApiRoutes: Route[] = [userEventsRoute, myEventsRoute]
