import { sql } from 'kysely'
import { tidTime } from '../base/tid.ts'
import type { Tx } from '../db/database.ts'
import type { RsvpPlace, RsvpStatus } from './rsvp.ts'

/** Whose answer to which event is to be found anew. */
export type AnswerKey = { did: string; subjectUri: string }

/** An answer as it stands. `isWaiting`: it is being written to its person's repo and is not there yet. */
type CurrentAnswer = {
  id: number
  status: RsvpStatus
  place: RsvpPlace
  guests: number
  uri: string | null
  origin: 'network' | 'here'
  answeredAt: Date
  isWaiting: boolean
}

/** The newest record a person has for an event. */
export type NewestRecord = { uri: string; status: RsvpStatus; answeredAt: Date; rev: string }

export type AnswerState = {
  eventId: number
  accountId: number
  /** The event lets not everybody in: places are given one by one. */
  hasRules: boolean
  current: CurrentAnswer | null
  newest: NewestRecord | null
}

/**
 * One person, one answer: what becomes of it, given the newest record. An answer given here that is not yet written
 * stands until a newer one comes; any other follows the records, and goes with the last of them.
 */
export function decideAnswer({
  current,
  newest,
}: Pick<AnswerState, 'current' | 'newest'>): 'keep' | 'remove' | 'follow' {
  const isOnlyHere = current !== null && (current.isWaiting || (current.origin === 'here' && current.uri === null))
  if (!newest) return current && !isOnlyHere ? 'remove' : 'keep'
  if (!current) return 'follow'
  if (isOnlyHere) return current.answeredAt >= givenAt(newest, current) ? 'keep' : 'follow'
  const isSame =
    current.uri === newest.uri &&
    current.status === newest.status &&
    current.answeredAt.getTime() === newest.answeredAt.getTime()
  return isSame ? 'keep' : 'follow'
}

/** `createdAt` of a record stays when its answer changes: of the very record that waits to be written, the commit tells. */
function givenAt({ uri, answeredAt, rev }: NewestRecord, current: CurrentAnswer): Date {
  const committedAt = uri === current.uri ? tidTime(rev) : undefined
  return committedAt && committedAt > answeredAt ? committedAt : answeredAt
}

/** The answers of these people to these events, where event and person are known, in one order for everybody. */
export async function readAnswerStates(tx: Tx, keys: readonly AnswerKey[]): Promise<AnswerState[]> {
  if (keys.length === 0) return []
  const { rows } = await sql<StateRow>`
    select key.event_id, key.account_id, key.has_rules,
      c.id, c.status, c.place, c.guests, c.uri, c.origin, c.answered_at, o.uri is not null as is_waiting,
      r.uri as record_uri, r.status as record_status, r.answered_at as record_answered_at, r.rev
    from (
      select distinct e.id as event_id, a.id as account_id, e.uri as subject_uri, a.did,
        e.capacity is not null or e.needs_approval as has_rules
      from json_to_recordset(${JSON.stringify(keys)}::json) as k (did text, "subjectUri" text)
      join events e on e.uri = k."subjectUri" collate "C"
      join accounts a on a.did = k.did collate "C"
    ) key
    left join rsvps c on c.event_id = key.event_id and c.account_id = key.account_id
    left join outbox o on o.uri = c.uri and o.action = 'put'
    left join lateral (
      select r.uri, r.status, r.answered_at, r.rev from rsvp_records r
      where r.subject_uri = key.subject_uri and r.did = key.did
        and not exists (select from outbox d where d.uri = r.uri and d.action = 'delete')
      order by r.answered_at desc, r.rev desc, r.uri desc limit 1
    ) r on true
    order by key.event_id, key.account_id`.execute(tx)
  return rows.map(toState)
}

type StateRow = {
  event_id: number
  account_id: number
  has_rules: boolean
  id: number | null
  status: RsvpStatus
  place: RsvpPlace
  guests: number
  uri: string | null
  origin: 'network' | 'here'
  answered_at: Date
  is_waiting: boolean
  record_uri: string | null
  record_status: RsvpStatus
  record_answered_at: Date
  rev: string
}

function toState(row: StateRow): AnswerState {
  const { id, status, place, guests, uri, origin, record_uri: recordUri, rev } = row
  return {
    eventId: row.event_id,
    accountId: row.account_id,
    hasRules: row.has_rules,
    current:
      id === null
        ? null
        : { id, status, place, guests, uri, origin, answeredAt: row.answered_at, isWaiting: row.is_waiting },
    newest:
      recordUri === null
        ? null
        : { uri: recordUri, status: row.record_status, answeredAt: row.record_answered_at, rev },
  }
}
