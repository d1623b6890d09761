import { effectiveEnd } from '../../events/event-end.ts'
import type { EventRow } from '../../events/event-row.ts'
import type { RsvpCounts } from '../../rsvps/rsvp.ts'
import type { AnswerView, MyAnswer } from './event-view.ts'
import type { PersonView } from './person-view.ts'
import { toWhen } from './to-event-card.ts'

export type AnswerParts = {
  mine: MyAnswer | null
  counts: RsvpCounts
  faces: PersonView[]
  left: number | null
  willPublish: boolean
}

export function toAnswer(row: EventRow, parts: AnswerParts, now: Date): AnswerView {
  const { mine, counts, faces, left, willPublish } = parts
  return {
    state: stateOf(row, parts, now),
    externalUrl: row.external_rsvp_url,
    mine,
    counts,
    faces,
    capacity: row.capacity,
    left: left === null ? null : Math.max(0, left),
    hasWaitlist: row.has_waitlist,
    needsApproval: row.needs_approval,
    question: row.approval_question,
    deadline: row.rsvp_deadline,
    willPublish,
  }
}

/** Why no answer is taken, or that it is. Whoever has a place may change their answer while the event is full. */
function stateOf(row: EventRow, { mine, left }: AnswerParts, now: Date): AnswerView['state'] {
  if (row.is_draft) return 'draft'
  if (row.status === 'cancelled') return 'cancelled'
  const end = effectiveEnd(toWhen(row))
  if (end && end <= now) return 'past'
  if (row.external_rsvp_url !== null) return 'external'
  if (!row.rsvp_expected) return 'not-expected'
  if (row.rsvp_deadline && row.rsvp_deadline < now) return 'deadline-passed'
  const isFull = left !== null && left <= 0 && !row.has_waitlist && mine?.status !== 'going'
  return isFull ? 'full' : 'open'
}
