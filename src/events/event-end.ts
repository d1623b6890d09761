const day = 24 * 3_600_000
const withoutEnd = 2 * 3_600_000

type Times = { startsAt: Date | null; endsAt: Date | null; allDay: boolean }

/**
 * When an event is over: its end; without one two hours after the start. Of an event of whole days `endsAt` is its last
 * day, which counts in full.
 */
export function effectiveEnd({ startsAt, endsAt, allDay }: Times): Date | null {
  if (!startsAt) return null
  if (allDay) return new Date((endsAt ?? startsAt).getTime() + day)
  return endsAt ?? new Date(startsAt.getTime() + withoutEnd)
}
