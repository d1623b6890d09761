import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import { toSqlJson } from '../db/sql-json.ts'
import type { EventReading } from './event-reading.ts'
import { eventSlug } from './event-slug.ts'

export type NetworkEvent = { uri: string; ownerId: number; event: EventReading }
export type WrittenEvent = { id: number; uri: string; ownerId: number; isNew: boolean }

/**
 * Makes events of records, or brings those that exist to what the record says, all in one statement. What no record
 * carries (capacity, approval, privacy, drafts …) stays as its owner has set it here; so does the address of the page.
 */
export async function upsertNetworkEvents(tx: Tx, events: readonly NetworkEvent[]): Promise<WrittenEvent[]> {
  if (events.length === 0) return []
  const { rows } = await sql<WrittenEvent>`
    insert into events as e (
      slug, owner_id, uri, origin, name, description, starts_at, ends_at, all_day, timezone, mode, status, visibility,
      publish_unlisted, locations, uris, picture, facets, rsvp_expected, external_rsvp_url, parent_uri, flags, created_at, hidden_reason)
    select
      n.slug, n.owner_id, n.uri, 'network', n.name, n.description, n.starts_at, n.ends_at, n.all_day, n.timezone, n.mode,
      n.status, n.visibility, n.visibility = 'unlisted', n.locations, n.uris, n.picture, n.facets, n.rsvp_expected, n.external_rsvp_url,
      n.parent_uri, n.flags, n.created_at, 'account-' || nullif(a.repo_status, 'active')
    from json_to_recordset(${toSqlJson(events.map(toRow))}::json) as n (
      slug text, owner_id int8, uri text, name text, description text, starts_at timestamptz, ends_at timestamptz,
      all_day bool, timezone text, mode text, status text, visibility text, locations jsonb, uris jsonb, picture jsonb,
      facets jsonb, rsvp_expected bool, external_rsvp_url text, parent_uri text, flags text[], created_at timestamptz)
    join accounts a on a.id = n.owner_id
    order by n.uri collate "C"
    on conflict (uri) do update set
      name = excluded.name, description = excluded.description, starts_at = excluded.starts_at,
      ends_at = excluded.ends_at, all_day = excluded.all_day, timezone = excluded.timezone, mode = excluded.mode,
      status = excluded.status, locations = excluded.locations, uris = excluded.uris, picture = excluded.picture,
      facets = excluded.facets, rsvp_expected = excluded.rsvp_expected,
      external_rsvp_url = excluded.external_rsvp_url, parent_uri = excluded.parent_uri, flags = excluded.flags,
      visibility = case e.visibility when 'private' then e.visibility else excluded.visibility end,
      publish_unlisted = case e.visibility when 'private' then e.publish_unlisted else excluded.publish_unlisted end,
      hidden_reason = case
        when e.hidden_reason in ('deleted-on-network', 'record-unreadable') then excluded.hidden_reason
        else e.hidden_reason end,
      previous_starts_at = case
        when e.starts_at is distinct from excluded.starts_at then e.starts_at
        else e.previous_starts_at end,
      updated_at = now(), version = e.version + 1
    returning id, uri, owner_id as "ownerId", xmax = 0 as "isNew"`.execute(tx)
  return rows
}

function toRow({ uri, ownerId, event: { details, createdAt, flags } }: NetworkEvent) {
  return {
    slug: eventSlug(details.name, uri),
    owner_id: ownerId,
    uri,
    name: details.name,
    description: details.description,
    starts_at: details.startsAt,
    ends_at: details.endsAt,
    all_day: details.allDay,
    timezone: details.timezone,
    mode: details.mode,
    status: details.status,
    visibility: details.showInDiscovery ? 'public' : 'unlisted',
    locations: details.locations,
    uris: details.uris,
    picture: details.picture,
    facets: details.facets,
    rsvp_expected: details.rsvpExpected,
    external_rsvp_url: details.externalRsvpUrl,
    parent_uri: details.parentUri,
    flags,
    created_at: createdAt,
  }
}
