import type { WhenView } from './event-view.ts'

export type EventPhase = 'undated' | 'upcoming' | 'live' | 'past'

const day = 24 * 3_600_000
const withoutEnd = 2 * 3_600_000

/** When it is over: its end; without one two hours after the start, or the day for an event of whole days. */
export function effectiveEnd(when: WhenView): Date | null {
  if (!when.startsAt) return null
  if (when.endsAt) return when.endsAt
  return new Date(when.startsAt.getTime() + (when.allDay ? day : withoutEnd))
}

/** Live from the start (included) to the end (excluded), so that every instant has exactly one phase. */
export function eventPhase(when: WhenView, now: Date): EventPhase {
  const end = effectiveEnd(when)
  if (!when.startsAt || !end) return 'undated'
  if (now < when.startsAt) return 'upcoming'
  return now < end ? 'live' : 'past'
}
