import type { Json } from '../base/json.ts'

export type Location =
  | {
      kind: 'address'
      name?: string
      street?: string
      locality?: string
      region?: string
      postalCode?: string
      country?: string
    }
  | { kind: 'geo'; name?: string; latitude: number; longitude: number; altitude?: number }
  | { kind: 'fsq'; name?: string; fsqPlaceId: string; latitude?: number; longitude?: number }
  | { kind: 'hthree'; name?: string; value: string; latitude?: number; longitude?: number }
  | { kind: 'uri'; name?: string; uri: string }
  | { kind: 'unknown'; name?: string; type?: string }

export type EventUri = { uri: string; name?: string }

/** The blob that stands for the event. `cid` is of the bytes (raw codec), so it is known before any upload. */
export type Picture = { cid: string; mimeType: string; size: number; alt: string; width?: number; height?: number }

export const eventModes = ['inperson', 'virtual', 'hybrid'] as const
export type EventMode = (typeof eventModes)[number]
export const eventStatuses = ['planned', 'scheduled', 'rescheduled', 'postponed', 'cancelled'] as const
type EventStatus = (typeof eventStatuses)[number]
export const visibilities = ['public', 'unlisted', 'private'] as const
export type Visibility = (typeof visibilities)[number]

/** What record and row have in common: everything a record can say of an event, typed. Unknown modes and statuses stay verbatim. */
export type EventDetails = {
  name: string
  description: string
  /** Bluesky rich text over `description` (byte offsets); null where there is none or the text has changed since. */
  facets: Json | null
  startsAt: Date | null
  endsAt: Date | null
  /** The record gave a date without a time. */
  allDay: boolean
  /** IANA name; null where the record does not say. */
  timezone: string | null
  mode: EventMode | (string & {}) | null
  status: EventStatus | (string & {})
  locations: Location[]
  uris: EventUri[]
  picture: Picture | null
  rsvpExpected: boolean
  /** Where answers are taken instead, when the record says they are not taken here. */
  externalRsvpUrl: string | null
  /** at-uri of the conference this is a talk of. */
  parentUri: string | null
  /** `preferences.showInDiscovery`; false reads as unlisted. */
  showInDiscovery: boolean
}

/** Details a person may set here that no record carries. */
export type EventSettings = {
  visibility: Visibility
  /** Of an unlisted event: it is on the network all the same, as one that is not to be listed. */
  publishUnlisted: boolean
  isDraft: boolean
  capacity: number | null
  hasWaitlist: boolean
  needsApproval: boolean
  approvalQuestion: string | null
  rsvpDeadline: Date | null
}
