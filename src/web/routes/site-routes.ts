import type { Route } from '../kernel/route.ts'
import { accessRoutes } from './access-api-routes.ts'
import { adminSessionPages } from './admin-session-pages.tsx'
import { adminSessionRoutes } from './admin-session-routes.ts'
import { apiDocsRoutes } from './api-docs-routes.tsx'
import { assetRoutes } from './asset-routes.ts'
import { connectionRoutes } from './connection-api-routes.ts'
import { deadLetterPageRoutes } from './dead-letter-page-routes.tsx'
import { healthRoutes } from './health-routes.ts'
import { imageRoutes } from './image-routes.ts'
import { ingestPageRoutes } from './ingest-page-routes.tsx'
import { liveRoutes } from './live-routes.ts'
import { mailCodeRoutes } from './mail-code-routes.tsx'
import { oauthClientRoutes } from './oauth-client-routes.ts'
import { ownAccountRoutes } from './own-account-routes.tsx'
import { settingsRoutes } from './settings-routes.tsx'
import { signInRoutes } from './sign-in-routes.tsx'
import { signOutRoutes } from './sign-out-routes.ts'
import { userRoutes } from './user-api-routes.ts'

/** Everything but events and answers: people, their accounts, and the site itself. */
export const siteRoutes: Route[] = [
  ...signInRoutes,
  ...mailCodeRoutes,
  ...signOutRoutes,
  ...settingsRoutes,
  ...ownAccountRoutes,
  ...userRoutes,
  ...accessRoutes,
  ...connectionRoutes,
  ...adminSessionRoutes,
  ...adminSessionPages,
  ...ingestPageRoutes,
  ...deadLetterPageRoutes,
  ...apiDocsRoutes,
  ...healthRoutes,
  ...liveRoutes,
  ...oauthClientRoutes,
  ...imageRoutes,
  ...assetRoutes,
]
