import { sql } from 'kysely'
import { mayView } from '../../events/event-access.ts'
import type { EventRow } from '../../events/event-row.ts'
import type { WebRequest } from '../kernel/route.ts'

/**
 * Whether the event may be shown to whoever asks. The events of somebody who asked not to be listed are shown to
 * themselves, to those who have answered them, and to administrators.
 */
export async function maySeeEvent({ services, viewer }: WebRequest, event: EventRow): Promise<boolean> {
  const account = viewer?.account
  if (!mayView(event, account)) return false
  if (account?.is_admin || account?.id === event.owner_id) return true
  const { rows } = await sql<{ isShown: boolean }>`
    select a.unlisted_at is null
      or exists (select from rsvps r where r.event_id = ${event.id} and r.account_id = ${account?.id ?? 0}) as "isShown"
    from accounts a where a.id = ${event.owner_id}`.execute(services.db)
  return rows[0]?.isShown ?? false
}
