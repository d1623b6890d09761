import { parseAtUri } from '../atproto/at-uri.ts'
import { rsvpCollection } from '../atproto/collections.ts'
import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import { tidTime } from '../base/tid.ts'
import { readTime } from '../events/read-time.ts'
import { type RsvpDetails, type RsvpStatus, rsvpStatuses } from './rsvp.ts'

const aliases: Record<string, RsvpStatus> = { maybe: 'interested', yes: 'going', no: 'notgoing' }

/**
 * What a record of community.lexicon.calendar.rsvp says; no details where it names no event. Statuses may be bare words
 * or words of other apps, and a subject may lack its CID or be a bare address.
 */
export function readRsvpRecord(record: JsonObject, rkey: string): { details?: RsvpDetails; flags: string[] } {
  const subject = readSubject(record['subject'])
  if (!subject) return { flags: ['subject.missing'] }
  const status = readStatus(record['status'])
  const created = readTime(record['createdAt'], 'createdAt', null)
  const answeredAt = created.at ?? tidTime(rkey) ?? new Date(0)
  const flags = [...status.flags, ...created.flags, ...(record['createdAt'] === undefined ? ['createdAt.missing'] : [])]
  return { details: { ...subject, status: status.status, answeredAt }, flags }
}

export type RsvpRecordContext = {
  /** The person's record for this event as it was last known; empty for a first answer. */
  base: JsonObject
  /** Of a first answer; it is set once. */
  createdAt: Date
}

/** The record of an answer. Fields of other apps stay. */
export function writeRsvpRecord(
  { subjectUri, subjectCid, status }: Omit<RsvpDetails, 'answeredAt'>,
  { base, createdAt }: RsvpRecordContext,
): JsonObject {
  const was = readRsvpRecord(base, '').details
  const createdBefore = typeof base['createdAt'] === 'string' ? base['createdAt'] : undefined
  return {
    ...base,
    $type: rsvpCollection,
    subject: { uri: subjectUri, ...(subjectCid !== null && { cid: subjectCid }) },
    status: was?.status === status && base['status'] !== undefined ? base['status'] : `${rsvpCollection}#${status}`,
    createdAt: createdBefore ?? createdAt.toISOString(),
  }
}

function readSubject(value: Json | undefined): Pick<RsvpDetails, 'subjectUri' | 'subjectCid'> | undefined {
  const uri = isJsonObject(value) ? value['uri'] : value
  if (typeof uri !== 'string' || !parseAtUri(uri)) return undefined
  const cid = isJsonObject(value) ? value['cid'] : undefined
  return { subjectUri: uri, subjectCid: typeof cid === 'string' && cid !== '' ? cid : null }
}

function readStatus(value: Json | undefined): { status: RsvpStatus; flags: string[] } {
  // The lexicon's default.
  if (value === undefined) return { status: 'going', flags: ['status.missing'] }
  if (typeof value !== 'string') return { status: 'interested', flags: ['status.unknown'] }
  const tail = value.slice(value.lastIndexOf('#') + 1).toLowerCase()
  const known = rsvpStatuses.find((status) => status === tail)
  if (known) return { status: known, flags: [] }
  const alias = Object.hasOwn(aliases, tail) ? aliases[tail] : undefined
  return { status: alias ?? 'interested', flags: alias ? [] : ['status.unknown'] }
}
