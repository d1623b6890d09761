import type { Identities } from '../atproto/identity.ts'
import type { OAuth } from '../atproto/oauth.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Db } from '../db/database.ts'
import type { HostBreaker } from './host-breaker.ts'

/** What publishing works with. */
export type WriteContext = {
  db: Db
  log: Log
  publicUrl: string
  oauth: Pick<OAuth, 'pdsSession'>
  identities: Pick<Identities, 'resolveDid'>
  breaker: HostBreaker
  metrics: Pick<
    Metrics,
    'eventsPublished' | 'eventPublishDuration' | 'publishFailures' | 'shadowAccountsCreated' | 'syncConflicts'
  >
}
