import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'

/**
 * Hides a person's published events while their repo is not active (`reason`: `account-<status>`), or shows them again
 * (`null`). What is hidden for another reason stays so. Returns the ids of those that changed.
 */
export async function hideEventsOf(tx: Tx, ownerId: number, reason: string | null): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update events set hidden_reason = ${reason}, updated_at = now(), version = version + 1
    where owner_id = ${ownerId} and uri is not null
      and (hidden_reason is null or hidden_reason like 'account-%') and hidden_reason is distinct from ${reason}
    returning id`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Events that a repo has brought here go with it; those made here stay, hidden. */
export async function removeEventsOf(tx: Tx, ownerId: number, did: string): Promise<void> {
  await sql`
    delete from events
    where owner_id = ${ownerId} and origin = 'network' and starts_with(uri, ${`at://${did}/`})`.execute(tx)
}
