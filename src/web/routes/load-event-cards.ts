import { findAccounts } from '../../accounts/find-accounts.ts'
import type { AccountRow } from '../../accounts/account.ts'
import type { EventRow } from '../../events/event-row.ts'
import { findEventSyncs } from '../../events/event-sync.ts'
import { countGoing, findAnswersOf } from '../../rsvps/rsvp-store.ts'
import type { WebRequest } from '../kernel/route.ts'
import type { EventCardView } from '../view/event-view.ts'
import { toEventCard } from '../view/to-event-card.ts'

/** Cards of any number of events, in a fixed number of queries. `withSync`: for the owner's own lists. */
export async function loadEventCards(
  { services: { db }, viewer }: WebRequest,
  rows: readonly EventRow[],
  { withSync = false }: { withSync?: boolean } = {},
): Promise<EventCardView[]> {
  const ids = rows.map(({ id }) => id)
  const own = withSync ? rows.filter((row) => row.owner_id === viewer?.account.id).map(({ id }) => id) : []
  const [hosts, going, mine, syncs] = await Promise.all([
    findAccounts(
      db,
      rows.map((row) => row.owner_id),
    ),
    countGoing(db, ids),
    viewer ? findAnswersOf(db, viewer.account.id, ids) : undefined,
    findEventSyncs(db, own),
  ])
  return rows.map((row) =>
    toEventCard(row, {
      host: hostOf(hosts, row),
      going: going.get(row.id) ?? 0,
      mine: mine?.get(row.id),
      sync: syncs.get(row.id),
    }),
  )
}

export function hostOf(hosts: ReadonlyMap<number, AccountRow>, { id, owner_id: ownerId }: EventRow): AccountRow {
  const host = hosts.get(ownerId)
  if (!host) throw new Error(`the owner of event ${id} is gone`)
  return host
}
