import type { AccountRow } from '../../accounts/account.ts'
import { type EventRow, toEventDetails, toEventSettings } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import type { EventSync } from '../../events/event-sync.ts'
import type { AnswerRow } from '../../rsvps/rsvp-store.ts'
import { toCover } from './cover.ts'
import type { EventCardView, MyAnswer, WhenView } from './event-view.ts'
import { hueOf } from './hue.ts'
import { toPerson } from './person-view.ts'
import { placeLine } from './place.ts'
import { toBlueskyState } from './to-bluesky.ts'

export type CardParts = {
  host: AccountRow
  going: number
  mine: AnswerRow | undefined
  /** For the owner's own lists. */
  sync: EventSync | undefined
}

export function toEventCard(row: EventRow, { host, going, mine, sync }: CardParts): EventCardView {
  const { name, mode, status, locations, picture } = toEventDetails(row)
  const { visibility, isDraft } = toEventSettings(row)
  return {
    slug: row.slug,
    path: eventUrlPath(row),
    name,
    when: toWhen(row),
    mode,
    status,
    place: placeLine(locations),
    cover: toCover({ slug: row.slug, picture }, host.did, 'card'),
    hue: hueOf(row.slug),
    host: toPerson(host),
    going,
    source: toSource(row),
    visibility,
    isDraft,
    mine: mine ? toMyAnswer(mine, null) : null,
    bluesky: sync ? toBlueskyState(row, sync) : null,
  }
}

export function toWhen(row: EventRow): WhenView {
  return { startsAt: row.starts_at, endsAt: row.ends_at, allDay: row.all_day, timezone: row.timezone }
}

export function toSource({ origin }: Pick<EventRow, 'origin'>): 'here' | 'network' {
  return origin === 'here' ? 'here' : 'network'
}

export function toMyAnswer({ status, place, guests, answer }: AnswerRow, waitlistPosition: number | null): MyAnswer {
  return { status, place, guests, answer, waitlistPosition }
}
