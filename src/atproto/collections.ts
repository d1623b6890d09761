export const eventCollection = 'community.lexicon.calendar.event'
export const rsvpCollection = 'community.lexicon.calendar.rsvp'

export type CalendarCollection = typeof eventCollection | typeof rsvpCollection

export function isCalendarCollection(collection: string): collection is CalendarCollection {
  return collection === eventCollection || collection === rsvpCollection
}
