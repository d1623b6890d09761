import type { EventMode, EventUri, Location, Visibility } from '../../events/event.ts'
import type { Json } from '../../base/json.ts'
import type { RsvpCounts, RsvpPlace, RsvpStatus } from '../../rsvps/rsvp.ts'
import type { BlueskyView } from './bluesky-view.ts'
import type { PersonView } from './person-view.ts'

/** A picture through our proxy, or the seed of drawn art. */
export type CoverView = { kind: 'picture'; src: string; alt: string } | { kind: 'art'; seed: number }

/** When something is. Instants; `timezone` is the event's own (IANA) or null where its record does not say. */
export type WhenView = { startsAt: Date | null; endsAt: Date | null; allDay: boolean; timezone: string | null }

export type EventCardView = {
  slug: string
  path: string
  name: string
  when: WhenView
  mode: EventMode | (string & {}) | null
  status: string
  /** One line: the venue or the town; null when there is none to name. */
  place: string | null
  cover: CoverView
  hue: number
  host: PersonView
  going: number
  /** Made here, or seen on the network. */
  source: 'here' | 'network'
  visibility: Visibility
  isDraft: boolean
  /** The viewer's own answer. */
  mine: MyAnswer | null
  /** For the owner's lists. */
  bluesky: BlueskyView['state'] | null
}

export type MyAnswer = {
  status: RsvpStatus
  place: RsvpPlace
  guests: number
  answer: string | null
  /** 1 = next in line. */
  waitlistPosition: number | null
}

export type AnswerView = {
  state: 'open' | 'past' | 'cancelled' | 'deadline-passed' | 'full' | 'external' | 'not-expected' | 'draft'
  externalUrl: string | null
  mine: MyAnswer | null
  counts: RsvpCounts
  /** Of the people going, newest first; a handful. */
  faces: PersonView[]
  capacity: number | null
  /** Places left; null without a capacity. */
  left: number | null
  hasWaitlist: boolean
  needsApproval: boolean
  question: string | null
  deadline: Date | null
  /** The answer becomes a record in the viewer's repo. */
  willPublish: boolean
}

export type EventPageView = {
  id: number
  slug: string
  path: string
  name: string
  description: string
  facets: Json | null
  when: WhenView
  mode: EventMode | (string & {}) | null
  status: string
  /** The start before the last move, for "rescheduled from … to …". */
  previousStartsAt: Date | null
  locations: Location[]
  uris: EventUri[]
  cover: CoverView
  hue: number
  host: PersonView
  /** Not where they asked not to be: then search engines are told nothing. */
  isHostListed: boolean
  source: 'here' | 'network'
  visibility: Visibility
  isDraft: boolean
  /** Why nobody but its owner is shown it; null where it is shown. */
  hiddenReason: string | null
  /** `name.missing` and such: what could not be read of the record. */
  flags: string[]
  /** The conference this is a talk of. */
  parent: { path: string; name: string } | null
  answer: AnswerView
  bluesky: BlueskyView
  /** May this viewer edit, cancel, delete …: the owner. */
  canManage: boolean
  /** People waiting for the owner's yes; 0 for everybody else. */
  approvalsWaiting: number
}

export type GuestView = PersonView & {
  accountId: number
  guests: number
  status: RsvpStatus
  place: RsvpPlace
  answer: string | null
  answeredAt: Date
  source: 'here' | 'network'
}

export type GuestTab = 'going' | 'interested' | 'notgoing' | 'waitlisted' | 'pending'

export type GuestsPageView = {
  event: Pick<EventPageView, 'slug' | 'path' | 'name' | 'hue'>
  eventId: number
  tab: GuestTab
  counts: RsvpCounts
  guests: GuestView[]
  canManage: boolean
  question: string | null
  nextPath: string | null
}

/** Deleting and cancelling ask first. */
export type ConfirmPageView = {
  event: Pick<EventPageView, 'slug' | 'path' | 'name' | 'hue' | 'when'>
  action: 'cancel' | 'delete'
  going: number
  interested: number
  isPublished: boolean
}
