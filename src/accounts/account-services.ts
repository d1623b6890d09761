import type { Metrics } from '../base/metrics.ts'
import type { Sealer } from '../base/seal.ts'
import type { Db } from '../db/database.ts'
import type { Queue } from '../queue/queue.ts'

/** What signing in needs. */
export type AccountServices = {
  db: Db
  queue: Queue
  sealer: Sealer
  metrics: Pick<Metrics, 'shadowAccountsClaimed'>
  config: {
    /** DIDs and mail addresses of administrators. */
    admins: readonly string[]
    /** Unset: no mail leaves this site, and nobody can sign in by mail. */
    smtpUrl?: string | undefined
    mailFrom: string
    publicUrl: string
  }
}
