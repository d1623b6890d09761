import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'

/** After a repo was deleted: nothing of it stays but that it was there, so that a late op does not bring anything back. */
export async function tombstoneRepo(tx: Tx, did: string): Promise<void> {
  await sql`
    update records set deleted = true, cid = null, value = null, base = null, writing_cid = null, sync_status = null,
      updated_at = now()
    where did = ${did} and not deleted`.execute(tx)
  await sql`delete from outbox where did = ${did}`.execute(tx)
}
