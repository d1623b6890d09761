import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import type { EventRow } from '../../events/event-row.ts'
import { findEventBySlug } from '../../events/event-store.ts'
import { getViewer } from '../kernel/policies.ts'
import type { Policy, WebRequest } from '../kernel/route.ts'
import { maySeeEvent } from './may-see-event.ts'

export type EventAndViewer = { event: EventRow; account: AccountRow }

/** Drafts and private events are their owner's; the others anybody's who has the link, unless they are hidden. */
export const eventViewer: Policy<EventRow> = {
  name: 'anyone who may see the event',
  admit: async (request) => getVisibleEvent(request),
}

/** Somebody who is signed in, and an event they may see. */
export const eventGuest: Policy<EventAndViewer> = {
  name: 'signed in, of an event one may see',
  async admit(request) {
    const { account } = getViewer(request)
    return { event: await getVisibleEvent(request), account }
  },
}

/** The event's owner. Who may not even see it is not told that it is there; an unclaimed owner is nobody. */
export const eventOwner: Policy<EventAndViewer> = {
  name: 'the owner of the event',
  async admit(request) {
    const { event, account } = await eventGuest.admit(request)
    if (event.owner_id === account.id) return { event, account }
    throw new AppError('not-allowed', 'Only the host of this event may do this.')
  },
}

/** The repo that is written to for this account: their own, or none. */
export function ownRepo({ did }: AccountRow): string {
  if (did !== null) return did
  throw new AppError('needs-reconnect', 'Connect your Bluesky account first, under Settings.')
}

async function getVisibleEvent(request: WebRequest): Promise<EventRow> {
  const { services, params } = request
  const slug = (params['slug'] ?? '').replace(/\.ics$/, '')
  const event = await findEventBySlug(services.db, slug)
  if (event && (await maySeeEvent(request, event))) return event
  throw new AppError('not-found', 'There is no such event, or it is not shown to you.')
}
