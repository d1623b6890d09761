import type { PassDeps } from '../src/ingest/backfill.ts'
import { createMetrics } from '../src/base/metrics.ts'
import type { Db } from '../src/db/database.ts'
import type { FakeFleet } from './fake-fleet.ts'
import { silentLog } from './silent-log.ts'

/** What passes over a fleet's repos work with. */
export function passDeps(db: Db, fleet: FakeFleet): PassDeps & { metrics: ReturnType<typeof createMetrics> } {
  const { identities, url } = fleet
  const metrics = createMetrics()
  return {
    db,
    log: silentLog,
    publicUrl: 'https://meet.example.org',
    identities,
    fetch,
    operatorFetch: fetch,
    relayUrl: url,
    metrics,
  }
}
