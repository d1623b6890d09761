import type { AccountRow } from '../../accounts/account.ts'
import { eventCollection } from '../../atproto/collections.ts'
import { type JsonObject, isJsonObject } from '../../base/json.ts'
import { readEventRecord } from '../../events/event-record.ts'
import type { EventRow } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import type { RecordRow } from '../../records/record-store.ts'
import { readRsvpRecord } from '../../rsvps/rsvp-record.ts'
import { t } from '../messages.ts'
import { toPerson } from './person-view.ts'
import { placeLine } from './place.ts'
import type { RecordPageView } from './record-view.ts'

type Parts = { author: AccountRow | undefined; event: EventRow | undefined }

export function toRecordView(record: RecordRow, { author, event }: Parts): RecordPageView {
  const value = isJsonObject(record.value) ? record.value : null
  return {
    uri: record.uri,
    did: record.did,
    collection: record.collection,
    rkey: record.rkey,
    cid: record.cid,
    rev: record.rev,
    value,
    isDeleted: record.deleted,
    origin: record.origin === 'here' ? 'here' : 'network',
    verified: record.verified as RecordPageView['verified'],
    flags: record.flags,
    syncStatus: record.sync_status,
    author: author ? toPerson(author) : null,
    event: event ? { path: eventUrlPath(event), name: event.name } : null,
    reading: value ? toReading(record, value) : [],
    indexedAt: record.updated_at,
  }
}

type Fact = { field: string; value: string }

function toReading({ collection, rkey }: RecordRow, value: JsonObject): Fact[] {
  const facts = collection === eventCollection ? readEvent(value, rkey) : readAnswer(value, rkey)
  return Object.entries(facts).flatMap(([field, value]) => (value ? [{ field: nameOf(field), value }] : []))
}

function readEvent(value: JsonObject, rkey: string): Record<string, string | null | undefined> {
  const { details, createdAt } = readEventRecord(value, rkey)
  return {
    name: details.name,
    description: details.description.slice(0, 500),
    startsAt: details.startsAt?.toISOString(),
    endsAt: details.endsAt?.toISOString(),
    timezone: details.timezone,
    mode: details.mode,
    status: details.status,
    locations: details.locations.map((location) => placeLine([location]) ?? location.kind).join('; '),
    uris: details.uris.map(({ uri }) => uri).join(' '),
    media: details.picture?.cid,
    createdAt: createdAt.toISOString(),
  }
}

function readAnswer(value: JsonObject, rkey: string): Record<string, string | null | undefined> {
  const { details } = readRsvpRecord(value, rkey)
  if (!details) return {}
  return {
    status: t.event.rsvp[details.status],
    subject: details.subjectUri,
    answeredAt: details.answeredAt.toISOString(),
  }
}

function nameOf(field: string): string {
  return t.event.conflict.fields[field] ?? t.people.record.fields[field] ?? field
}
