import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'

/**
 * Why nothing goes out to a repo for a while. `host`: its server does not answer. `rate-limit`: it has asked to be left
 * alone so long. `away`: the account is deactivated or taken down there.
 */
export type PauseReason = 'host' | 'rate-limit' | 'away'
export type RepoPause = { reason: PauseReason; until: Date; error: string }

/** Holds back all that waits for this repo: another record of it would meet the same. A longer pause stands. */
export async function pauseRepo(db: Db, did: string, { reason, until, error }: RepoPause): Promise<void> {
  await sql`
    insert into outbox_pauses as p (did, reason, until, error) values (${did}, ${reason}, ${until}, ${error})
    on conflict (did) do update set reason = excluded.reason, until = excluded.until, error = excluded.error
    where p.until <= excluded.until`.execute(db)
}

export async function findPause(db: Db, did: string): Promise<RepoPause | undefined> {
  const { rows } = await sql<RepoPause>`
    select reason, until, error from outbox_pauses where did = ${did} and until > now()`.execute(db)
  return rows[0]
}

/** The repo is tried again at once; what its server has asked for stands. */
export async function liftPause(tx: Tx, did: string): Promise<void> {
  await sql`delete from outbox_pauses where did = ${did} and reason <> 'rate-limit'`.execute(tx)
}
