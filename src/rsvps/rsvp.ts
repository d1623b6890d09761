export type RsvpStatus = 'going' | 'interested' | 'notgoing'
export const rsvpStatuses: readonly RsvpStatus[] = ['going', 'interested', 'notgoing']

/** Where an answer stands under the event's own rules; decided here, never by a record. */
export type RsvpPlace = 'confirmed' | 'waitlisted' | 'pending' | 'declined'

/** What an RSVP record says. */
export type RsvpDetails = {
  subjectUri: string
  /** Advisory: often missing or stale. */
  subjectCid: string | null
  status: RsvpStatus
  answeredAt: Date
}

export type RsvpCounts = { going: number; interested: number; notgoing: number; waitlisted: number; pending: number }
