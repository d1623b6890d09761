import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** What an account has from the network: events and answers that were written with other apps, and when they became its own. */
export type ClaimSummary = { claimedAt: Date | null; events: number; answers: number }

export async function readClaimSummary(db: Db, accountId: number): Promise<ClaimSummary> {
  const { rows } = await sql<ClaimSummary>`
    select
      coalesce(
        (select max(at) from audit_log where account_id = a.id and action in ('claim', 'merge')),
        a.claimed_at) as "claimedAt",
      (select count(*) from events where owner_id = a.id and origin = 'network')::int as events,
      (select count(*) from rsvps where account_id = a.id and origin = 'network')::int as answers
    from accounts a where a.id = ${accountId}`.execute(db)
  return rows[0] ?? { claimedAt: null, events: 0, answers: 0 }
}
