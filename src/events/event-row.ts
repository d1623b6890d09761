import type { Insertable, Selectable } from 'kysely'
import type { Json } from '../base/json.ts'
import { toSqlJson, toSqlText } from '../db/sql-json.ts'
import type { Events } from '../db/schema.ts'
import type { EventDetails, EventSettings, EventUri, Location, Picture, Visibility } from './event.ts'

/** As `selectAll` gives it. `search` is the database's own. */
export type EventRow = Selectable<Events>

export function toEventDetails(row: EventRow): EventDetails {
  return {
    name: row.name,
    description: row.description,
    facets: row.facets as Json | null,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    allDay: row.all_day,
    timezone: row.timezone,
    mode: row.mode,
    status: row.status,
    locations: row.locations as Location[],
    uris: row.uris as EventUri[],
    picture: row.picture as Picture | null,
    rsvpExpected: row.rsvp_expected,
    externalRsvpUrl: row.external_rsvp_url,
    parentUri: row.parent_uri,
    showInDiscovery: row.visibility !== 'unlisted',
  }
}

export function toEventSettings(row: EventRow): EventSettings {
  return {
    visibility: row.visibility as Visibility,
    publishUnlisted: row.publish_unlisted,
    isDraft: row.is_draft,
    capacity: row.capacity,
    hasWaitlist: row.has_waitlist,
    needsApproval: row.needs_approval,
    approvalQuestion: row.approval_question,
    rsvpDeadline: row.rsvp_deadline,
  }
}

export type EventContent = Omit<EventDetails, 'showInDiscovery'> & EventSettings

/** The columns of what a person has said of an event here. */
export function toEventColumns(content: EventContent) {
  return {
    name: toSqlText(content.name),
    description: toSqlText(content.description),
    facets: orNull(content.facets),
    starts_at: content.startsAt,
    ends_at: content.endsAt,
    all_day: content.allDay,
    timezone: content.timezone,
    mode: content.mode,
    status: content.status,
    locations: toSqlJson(content.locations),
    uris: toSqlJson(content.uris),
    picture: orNull(content.picture),
    rsvp_expected: content.rsvpExpected,
    external_rsvp_url: content.externalRsvpUrl,
    parent_uri: content.parentUri,
    visibility: content.visibility,
    publish_unlisted: content.publishUnlisted,
    is_draft: content.isDraft,
    capacity: content.capacity,
    has_waitlist: content.hasWaitlist,
    needs_approval: content.needsApproval,
    approval_question: content.approvalQuestion === null ? null : toSqlText(content.approvalQuestion),
    rsvp_deadline: content.rsvpDeadline,
  } satisfies Partial<Insertable<Events>>
}

function orNull(value: Json | Picture | null): string | null {
  return value === null ? null : toSqlJson(value)
}
