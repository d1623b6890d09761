import { sql } from 'kysely'
import { parseAtUri } from '../atproto/at-uri.ts'
import type { Db } from '../db/database.ts'
import type { PauseReason } from '../records/repo-pause.ts'
import type { SyncStatus } from '../records/sync-status.ts'
import type { EventRow } from './event-row.ts'

/** Where an event stands between here and its owner's repo. */
export type EventSync = {
  uri: string | null
  did: string | null
  cid: string | null
  rev: string | null
  isDeleted: boolean
  /** null: it is not, and is not to be, on the network by our doing. */
  status: SyncStatus | null
  lastError: string | null
  verified: 'commit' | 'proof' | 'no'
  lastSyncedAt: Date | null
  createdWith: string | null
  /** The write that waits, if one does. `nextAttemptAt` is null while it waits for a person. */
  waiting: {
    action: 'put' | 'delete'
    attempts: number
    nextAttemptAt: Date | null
    since: Date
    /** Why all of its repo is held back just now. */
    pause: PauseReason | null
  } | null
  openConflicts: number
  /** Of the owner's session with their PDS. */
  session: 'connected' | 'needs-reconnect' | 'none'
  isShadow: boolean
}

type SyncRow = Omit<EventSync, 'waiting'> & {
  id: number
  action: 'put' | 'delete' | null
  attempts: number
  dueAt: Date | null
  since: Date
  pause: PauseReason | null
}

/** Of several events, by their ids. */
export async function findEventSyncs(db: Db, eventIds: readonly number[]): Promise<Map<number, EventSync>> {
  if (eventIds.length === 0) return new Map()
  const { rows } = await sql<SyncRow>`
    select e.id, e.uri, a.did, d.cid, d.rev, coalesce(d.deleted, false) as "isDeleted", d.sync_status as status,
      coalesce(d.sync_error, o.last_error, case when o.uri is not null then p.error end) as "lastError", coalesce(d.verified, 'no') as verified,
      d.synced_at as "lastSyncedAt",
      case when json_typeof(d.value -> 'createdWith') = 'string' then d.value ->> 'createdWith'
        when json_typeof(d.value -> 'createdWith') = 'object' then d.value -> 'createdWith' ->> 'app' end as "createdWith",
      o.action, coalesce(o.attempts, 0) as attempts, case when isfinite(o.due_at) then greatest(o.due_at, p.until) end as "dueAt",
      o.enqueued_at as since, p.reason as pause,
      (select count(*)::int4 from conflicts c where c.event_id = e.id and c.resolved_at is null) as "openConflicts",
      case s.state when 'active' then 'connected' when 'needs_reconnect' then 'needs-reconnect' else 'none' end as session,
      a.claimed_at is null as "isShadow"
    from events e
    join accounts a on a.id = e.owner_id
    left join records d on d.uri = e.uri
    left join outbox o on o.uri = e.uri
    left join outbox_pauses p on p.did = o.did and p.until > now()
    left join oauth_sessions s on s.did = a.did
    where e.id = any(${[...eventIds]})`.execute(db)
  return new Map(rows.map(({ id, ...row }) => [id, toSync(row)]))
}

export async function getEventSync(db: Db, eventId: number): Promise<EventSync> {
  const sync = (await findEventSyncs(db, [eventId])).get(eventId)
  if (!sync) throw new Error(`event ${eventId} is gone`)
  return sync
}

function toSync({ action, attempts, dueAt, since, pause, ...row }: Omit<SyncRow, 'id'>): EventSync {
  return { ...row, waiting: action === null ? null : { action, attempts, nextAttemptAt: dueAt, since, pause } }
}

/** The specification's `SourceFields` of an event. */
export type SourceFields = {
  sourceType: 'bluesky' | null
  /** The owner's DID. */
  sourceId: string | null
  /** at-uri of the record. */
  sourceUrl: string | null
  sourceData: {
    rkey: string
    cid: string | null
    isSourceOfTruth: boolean
    originPlatform: 'bluesky' | 'openmeet'
    syncStatus: SyncStatus
    lastSyncError: string | null
    publishedOccurrenceId: string | null
  } | null
  lastSyncedAt: Date | null
}

/** The PDS is the source of truth wherever a record is. */
export function toSourceFields({ origin }: Pick<EventRow, 'origin'>, sync: EventSync): SourceFields {
  const rkey = sync.uri === null ? undefined : parseAtUri(sync.uri)?.rkey
  if (rkey === undefined || sync.isDeleted || (sync.cid === null && sync.waiting === null && sync.status === null))
    return { sourceType: null, sourceId: null, sourceUrl: null, sourceData: null, lastSyncedAt: null }
  return {
    sourceType: 'bluesky',
    sourceId: sync.did,
    sourceUrl: sync.uri,
    sourceData: {
      rkey,
      cid: sync.cid,
      isSourceOfTruth: true,
      originPlatform: origin === 'network' ? 'bluesky' : 'openmeet',
      syncStatus: sync.openConflicts > 0 ? 'CONFLICT' : (sync.status ?? 'IN_SYNC'),
      lastSyncError: sync.lastError,
      publishedOccurrenceId: null,
    },
    lastSyncedAt: sync.lastSyncedAt,
  }
}
