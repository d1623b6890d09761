import { effectiveEnd } from '../../events/event-end.ts'
import type { WhenView } from './event-view.ts'

export type EventPhase = 'undated' | 'upcoming' | 'live' | 'past'

/** Live from the start (included) to the end (excluded), so that every instant has exactly one phase. */
export function eventPhase(when: WhenView, now: Date): EventPhase {
  const end = effectiveEnd(when)
  if (!when.startsAt || !end) return 'undated'
  if (now < when.startsAt) return 'upcoming'
  return now < end ? 'live' : 'past'
}
