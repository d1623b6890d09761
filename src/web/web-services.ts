import type { ProfileContext } from '../accounts/refresh-profile.ts'
import type { Identities } from '../atproto/identity.ts'
import type { OAuth } from '../atproto/oauth.ts'
import type { Config } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Sealer } from '../base/seal.ts'
import type { Database, Db } from '../db/database.ts'
import type { ImageProxy } from '../media/image-proxy.ts'
import type { Queue } from '../queue/queue.ts'
import type { Assets } from './assets.ts'
import type { LiveHub } from './kernel/live-hub.ts'

/** What the sandbox adds to the pages: people to sign in as, and where their mail can be read. */
export type DemoLinks = { handles: string[]; mailboxUrl: string; path: '/demo' }

/** One thing the process needs before it can serve. `run` throws while it is not there. */
export type ReadyCheck = { name: string; run: () => Promise<void> }

/** What routes work with: a plain bag, built once by the composition root. */
export type WebServices = {
  config: Config
  database: Database
  db: Db
  log: Log
  metrics: Metrics
  queue: Queue
  sealer: Sealer
  oauth: OAuth
  identities: Identities
  profiles: ProfileContext
  images: ImageProxy
  assets: Assets
  hub: LiveHub
  /** Besides the database, which is always asked. */
  checks: readonly ReadyCheck[]
  demo?: DemoLinks | undefined
}
