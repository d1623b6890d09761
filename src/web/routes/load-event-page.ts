import { getAccount } from '../../accounts/account-store.ts'
import { type EventRow, toEventDetails, toEventSettings } from '../../events/event-row.ts'
import { eventUrlPath, findEventByUri } from '../../events/event-store.ts'
import { getEventSync } from '../../events/event-sync.ts'
import { isForNetwork, toContent } from '../../events/write-event.ts'
import { countPlacesLeft } from '../../rsvps/rsvp-place.ts'
import {
  countAnswers,
  countSyncedAnswers,
  findAnswer,
  findWaitlistPosition,
  listAnswers,
} from '../../rsvps/rsvp-store.ts'
import type { WebRequest } from '../kernel/route.ts'
import { toCover } from '../view/cover.ts'
import type { AnswerView, EventPageView, MyAnswer } from '../view/event-view.ts'
import { hueOf } from '../view/hue.ts'
import { ownUris } from '../view/own-uris.ts'
import { toPerson } from '../view/person-view.ts'
import { toAnswer } from '../view/to-answer.ts'
import { toBluesky } from '../view/to-bluesky.ts'
import { toMyAnswer, toSource, toWhen } from '../view/to-event-card.ts'
import { maySeeEvent } from './may-see-event.ts'

const maxFaces = 6

/** All of an event's page, as this viewer may see it. */
export async function loadEventPage(request: WebRequest, row: EventRow): Promise<EventPageView> {
  const { db } = request.services
  const isOwner = request.viewer?.account.id === row.owner_id
  const [host, sync, synced, answer, parent] = await Promise.all([
    getAccount(db, row.owner_id),
    getEventSync(db, row.id),
    countSyncedAnswers(db, row.id),
    loadAnswer(request, row),
    findParent(request, row),
  ])
  const { showInDiscovery: _, externalRsvpUrl: __, ...details } = toEventDetails(row)
  const { visibility, isDraft } = toEventSettings(row)
  return {
    ...details,
    uris: ownUris(row, request.services.config.publicUrl),
    id: row.id,
    slug: row.slug,
    path: eventUrlPath(row),
    when: toWhen(row),
    previousStartsAt: row.previous_starts_at,
    cover: toCover({ slug: row.slug, picture: details.picture }, host.did, 'cover'),
    hue: hueOf(row.slug),
    host: toPerson(host),
    isHostListed: host.unlisted_at === null,
    source: toSource(row),
    visibility,
    isDraft,
    hiddenReason: row.hidden_reason,
    flags: row.flags,
    parent,
    answer,
    bluesky: toBluesky(row, sync, { answers: synced, isOwner }),
    canManage: isOwner,
    approvalsWaiting: isOwner ? answer.counts.pending : 0,
  }
}

async function loadAnswer(request: WebRequest, row: EventRow): Promise<AnswerView> {
  const { db } = request.services
  const [mine, counts, going, left] = await Promise.all([
    loadMine(request, row),
    countAnswers(db, row.id),
    listAnswers(db, row.id, { list: 'going', limit: maxFaces }),
    countPlacesLeft(db, row),
  ])
  const isOut = isForNetwork(toContent(row))
  const willPublish = isOut && row.uri !== null && typeof request.viewer?.account.did === 'string'
  const faces = going.map(({ person }) => toPerson(person))
  return toAnswer(row, { mine, counts, faces, left, willPublish }, new Date())
}

async function loadMine({ services: { db }, viewer }: WebRequest, row: EventRow): Promise<MyAnswer | null> {
  const mine = viewer && (await findAnswer(db, row.id, viewer.account.id))
  if (!mine) return null
  return toMyAnswer(mine, mine.place === 'waitlisted' ? await findWaitlistPosition(db, mine) : null)
}

async function findParent(request: WebRequest, row: EventRow): Promise<EventPageView['parent']> {
  const parent = row.parent_uri === null ? undefined : await findEventByUri(request.services.db, row.parent_uri)
  return parent && (await maySeeEvent(request, parent)) ? { path: eventUrlPath(parent), name: parent.name } : null
}
