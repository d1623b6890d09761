import { sql } from 'kysely'
import type { JsonObject } from '../base/json.ts'
import type { Tx } from '../db/database.ts'
import type { RecordToWrite } from '../records/record-to-write.ts'
import type { RsvpStatus } from './rsvp.ts'
import { writeRsvpRecord } from './rsvp-record.ts'

type AnswerRow = {
  id: number
  eventId: number
  accountId: number
  status: RsvpStatus
  answeredAt: Date
  eventUri: string | null
  eventCid: string | null
}

/** The record of an answer as it now stands; it waits while its event is not on the network. */
export async function buildRsvpRecord(tx: Tx, uri: string, base: JsonObject): Promise<RecordToWrite | undefined> {
  const { rows } = await sql<AnswerRow>`
    select r.id, r.event_id as "eventId", r.account_id as "accountId", r.status, r.answered_at as "answeredAt",
      e.uri as "eventUri", d.cid as "eventCid"
    from rsvps r join events e on e.id = r.event_id left join records d on d.uri = e.uri
    where r.uri = ${uri} for no key update of r`.execute(tx)
  const [row] = rows
  if (!row) return undefined
  const { eventUri, eventCid, status, answeredAt } = row
  if (eventUri === null || eventCid === null) return { kind: 'wait', reason: 'The event is not on the network yet' }
  const record = writeRsvpRecord(
    { subjectUri: eventUri, subjectCid: eventCid, status },
    { base, createdAt: answeredAt },
  )
  return { kind: 'record', record, blobs: [], topics: [`event:${row.eventId}`, `account:${row.accountId}`] }
}

/** The answers to an event whose records have waited for it. */
export async function listWaitingAnswers(tx: Tx, eventUri: string): Promise<string[]> {
  const { rows } = await sql<{ uri: string }>`
    select o.uri from outbox o join rsvps r on r.uri = o.uri join events e on e.id = r.event_id
    where e.uri = ${eventUri} and o.due_at > now()`.execute(tx)
  return rows.map(({ uri }) => uri)
}
