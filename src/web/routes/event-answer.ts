import type { z } from 'zod'
import { findAccounts } from '../../accounts/find-accounts.ts'
import type { AccountRow } from '../../accounts/account.ts'
import type { Picture } from '../../events/event.ts'
import { type EventRow, toEventDetails, toEventSettings } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import { type EventSync, findEventSyncs, toSourceFields } from '../../events/event-sync.ts'
import type { RsvpCounts } from '../../rsvps/rsvp.ts'
import { type AnswerRow, countAnswersOf, findAnswersOf } from '../../rsvps/rsvp-store.ts'
import type { WebRequest } from '../kernel/route.ts'
import { ownUris } from '../view/own-uris.ts'
import { imagePath, toPerson } from '../view/person-view.ts'
import { toSource } from '../view/to-event-card.ts'
import type { eventAnswer } from './event-answer-schema.ts'
import { hostOf } from './load-event-cards.ts'

export type EventAnswer = z.infer<typeof eventAnswer>

/** Events as this viewer may see them, in a fixed number of queries. */
export async function toEventAnswers(request: WebRequest, rows: readonly EventRow[]): Promise<EventAnswer[]> {
  const { services, viewer } = request
  const { db } = services
  const ids = rows.map(({ id }) => id)
  const [hosts, counts, mine, syncs] = await Promise.all([
    findAccounts(
      db,
      rows.map((row) => row.owner_id),
    ),
    countAnswersOf(db, ids),
    viewer ? findAnswersOf(db, viewer.account.id, ids) : undefined,
    findEventSyncs(db, ids),
  ])
  return rows.map((row) =>
    toEventAnswer(row, {
      host: hostOf(hosts, row),
      counts: counts.get(row.id),
      mine: mine?.get(row.id),
      sync: syncs.get(row.id),
      isOwner: viewer?.account.id === row.owner_id || viewer?.account.is_admin === true,
      publicUrl: services.config.publicUrl,
    }),
  )
}

export async function toOneEventAnswer(request: WebRequest, row: EventRow): Promise<EventAnswer> {
  const [answer] = await toEventAnswers(request, [row])
  if (!answer) throw new Error('an event has no answer')
  return answer
}

type Parts = {
  host: AccountRow
  counts: RsvpCounts | undefined
  mine: AnswerRow | undefined
  sync: EventSync | undefined
  isOwner: boolean
  publicUrl: string
}

const nobody: RsvpCounts = { going: 0, interested: 0, notgoing: 0, waitlisted: 0, pending: 0 }

function toEventAnswer(row: EventRow, parts: Parts): EventAnswer {
  const { host, counts, mine, sync, isOwner, publicUrl } = parts
  const details = toEventDetails(row)
  const settings = toEventSettings(row)
  return {
    id: row.id,
    slug: row.slug,
    url: publicUrl + eventUrlPath(row),
    name: details.name,
    description: details.description,
    startsAt: isoOf(details.startsAt),
    endsAt: isoOf(details.endsAt),
    allDay: details.allDay,
    timezone: details.timezone,
    mode: details.mode,
    status: details.status,
    visibility: settings.visibility,
    publishUnlisted: settings.publishUnlisted,
    draft: settings.isDraft,
    locations: details.locations,
    uris: ownUris(row, publicUrl),
    picture: toPictureAnswer(details.picture, host.did, publicUrl),
    rsvpExpected: details.rsvpExpected,
    externalRsvpUrl: details.externalRsvpUrl,
    capacity: settings.capacity,
    waitlist: settings.hasWaitlist,
    approval: settings.needsApproval,
    approvalQuestion: settings.approvalQuestion,
    rsvpDeadline: isoOf(settings.rsvpDeadline),
    previousStartsAt: isoOf(row.previous_starts_at),
    parentUri: details.parentUri,
    origin: toSource(row),
    host: toHostAnswer(host, publicUrl),
    counts: counts ?? nobody,
    mine: mine ? { status: mine.status, place: mine.place, guests: mine.guests, answer: mine.answer } : null,
    ...toSyncAnswer(row, sync, isOwner),
    flags: row.flags,
    ...(isOwner && { hiddenReason: row.hidden_reason }),
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** What an owner's server said of a failure is the owner's business. */
function toSyncAnswer(
  row: EventRow,
  sync: EventSync | undefined,
  isOwner: boolean,
): Pick<EventAnswer, 'source' | 'sync'> {
  if (!sync) throw new Error(`event ${row.id} is gone`)
  const { lastSyncedAt, sourceData, ...source } = toSourceFields(row, sync)
  const lastError = isOwner ? sync.lastError : null
  return {
    source: {
      ...source,
      sourceData: sourceData && { ...sourceData, lastSyncError: lastError },
      lastSyncedAt: isoOf(lastSyncedAt),
    },
    sync: {
      status: sync.openConflicts > 0 ? 'CONFLICT' : sync.status,
      lastError,
      action: sync.waiting?.action ?? null,
      attempts: sync.waiting?.attempts ?? 0,
      nextAttemptAt: isoOf(sync.waiting?.nextAttemptAt ?? null),
      since: isoOf(sync.waiting?.since ?? null),
    },
  }
}

function toHostAnswer(host: AccountRow, publicUrl: string): EventAnswer['host'] {
  const { name, path, handle, did, isVerified, isShadow, avatar } = toPerson(host)
  return {
    id: host.id,
    did,
    handle,
    displayName: name,
    avatar: avatar === null ? null : publicUrl + avatar,
    isVerified,
    isShadow,
    url: publicUrl + path,
  }
}

function toPictureAnswer(picture: Picture | null, did: string | null, publicUrl: string): EventAnswer['picture'] {
  if (!picture) return null
  const { cid, alt, width, height } = picture
  return {
    cid,
    alt,
    width: width ?? null,
    height: height ?? null,
    url: publicUrl + imagePath(did, cid, 'cover'),
  }
}

function isoOf(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
