import type { Route } from '../kernel/route.ts'
import { eventApiRoutes } from './event-api-routes.ts'
import { eventPageRoutes } from './event-page-routes.tsx'
import { exploreRoutes } from './explore-routes.tsx'

/** Events, the answers to them, and where they stand with the network. Fixed paths come before those with a slug. */
export const eventRoutes: Route[] = [...exploreRoutes, ...eventApiRoutes, ...eventPageRoutes]
