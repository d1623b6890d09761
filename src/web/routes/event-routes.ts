import type { Route } from '../kernel/route.ts'
import { answerApiRoutes } from './answer-api-routes.ts'
import { answerRoutes } from './answer-routes.tsx'
import { conflictRoutes } from './conflict-routes.tsx'
import { deadLetterApiRoutes } from './dead-letter-api-routes.ts'
import { eventActionRoutes } from './event-action-routes.tsx'
import { eventApiRoutes } from './event-api-routes.ts'
import { eventFormRoutes } from './event-form-routes.tsx'
import { eventIcsRoutes } from './event-ics-routes.ts'
import { eventPageRoutes } from './event-page-routes.tsx'
import { exploreRoutes } from './explore-routes.tsx'
import { personEventsApiRoutes } from './person-events-api-routes.ts'
import { personPageRoutes } from './person-page-routes.tsx'
import { pictureApiRoutes } from './picture-api-routes.ts'
import { recordRoutes } from './record-routes.tsx'
import { syncApiRoutes } from './sync-api-routes.ts'
import { syncStatusApiRoutes } from './sync-status-api-routes.ts'

/** Events, the answers to them, and where they stand with the network. Fixed paths come before those with a slug. */
export const eventRoutes: Route[] = [
  ...exploreRoutes,
  ...eventApiRoutes,
  ...answerApiRoutes,
  ...syncApiRoutes,
  ...conflictRoutes,
  ...personEventsApiRoutes,
  ...pictureApiRoutes,
  ...deadLetterApiRoutes,
  ...syncStatusApiRoutes,
  ...eventFormRoutes,
  ...eventActionRoutes,
  ...answerRoutes,
  ...personPageRoutes,
  ...recordRoutes,
  ...eventIcsRoutes,
  ...eventPageRoutes,
]
