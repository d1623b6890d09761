import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { EventRow } from '../../events/event-row.ts'
import {
  type AnswerRow,
  type AnswerWithPerson,
  countAnswers,
  findAnswer,
  findWaitlistPosition,
  listAnswers,
} from '../../rsvps/rsvp-store.ts'
import { rsvpStatuses } from '../../rsvps/rsvp.ts'
import { answerEvent, decideAnswerOf, maxGuests, withdrawAnswer } from '../../rsvps/write-rsvp.ts'
import { type Route, type WebRequest, apiRoute, json } from '../kernel/route.ts'
import { imagePath, toPerson } from '../view/person-view.ts'
import { countsAnswer, cursorAnswer, instant, pageQuery, placeAnswer, statusAnswer } from './event-answer-schema.ts'
import { type EventAndViewer, eventGuest, eventOwner, eventViewer } from './event-policies.ts'
import { publicTabs } from './show-guests.tsx'

const tag = 'answers'

const answerSchema = z.object({
  status: statusAnswer,
  place: placeAnswer.describe('Where it stands under the event’s own rules'),
  guests: z.number().int(),
  answer: z.string().nullable().describe('To the host’s question'),
  uri: z.string().nullable().describe('at-uri of its record; null while it is only here'),
  waitlistPosition: z.number().int().nullable().describe('1 is next'),
  answeredAt: instant,
  counts: countsAnswer,
})

const putRoute = apiRoute({
  method: 'PUT',
  path: '/api/events/:slug/rsvp',
  policy: eventGuest,
  summary: 'Answer an event, or change my answer',
  tag,
  body: z.strictObject({
    status: z.enum(rsvpStatuses),
    guests: z.number().int().min(0).max(maxGuests).optional(),
    answer: z.string().max(1000).nullable().optional().describe('To the host’s question'),
  }),
  answer: answerSchema,
  handle: async ({ request, subject, body }) => {
    const { event, account } = subject
    const row = await answerEvent(request.services.db, account, { eventId: event.id, answer: body })
    return json(await toAnswerBody(request, event, row))
  },
})

const deleteRoute = apiRoute({
  method: 'DELETE',
  path: '/api/events/:slug/rsvp',
  policy: eventGuest,
  summary: 'Take my answer back',
  tag,
  status: 204,
  handle: async ({ request, subject: { event, account } }) => {
    await withdrawAnswer(request.services.db, account, event.id)
    return new Response(null, { status: 204 })
  },
})

const personAnswer = z.object({
  id: z.number().int(),
  did: z.string().nullable(),
  handle: z.string().nullable(),
  displayName: z.string(),
  avatar: z.string().nullable(),
  isShadow: z.boolean(),
  url: z.string(),
})

const guestAnswer = z.object({
  person: personAnswer,
  status: statusAnswer,
  place: placeAnswer,
  guests: z.number().int(),
  answer: z.string().nullable().optional().describe('Told to the host only'),
  origin: z.enum(['here', 'network']),
  uri: z.string().nullable(),
  answeredAt: instant,
})

const listRoute = apiRoute({
  method: 'GET',
  path: '/api/events/:slug/rsvps',
  policy: eventViewer,
  summary: 'Who answered an event',
  tag,
  query: z.object({
    status: z
      .enum(['going', 'interested', 'notgoing', 'waitlisted', 'pending'])
      .default('going')
      .describe('All but the first two are the host’s'),
    q: z.string().max(200).optional().describe('Part of a name or handle'),
    ...pageQuery,
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, 'Use the `cursor` of the page before, as it is.')
      .optional(),
  }),
  answer: z.object({ items: z.array(guestAnswer), cursor: cursorAnswer, counts: countsAnswer }),
  handle: async ({ request, subject: event, query: { status, q, cursor, limit } }) => {
    const isHost = request.viewer?.account.id === event.owner_id
    if (!isHost && !publicTabs.includes(status))
      throw new AppError('not-allowed', 'Only the host sees who waits, asks or cannot come.')
    const before = cursor === undefined ? undefined : Number(cursor)
    const page = { list: status, limit: limit + 1, before, search: q?.trim() || undefined, forHost: isHost }
    const [rows, counts] = await Promise.all([
      listAnswers(request.services.db, event.id, page),
      countAnswers(request.services.db, event.id),
    ])
    const shown = rows.slice(0, limit)
    const { publicUrl } = request.services.config
    const items = shown.map((row) => toGuestAnswer(row, { isHost, publicUrl }))
    return json({ items, counts, ...(rows.length > limit && { cursor: String(shown.at(-1)?.id) }) })
  },
})

function decideRoute(action: 'approve' | 'decline'): Route {
  return apiRoute({
    method: 'POST',
    path: `/api/events/:slug/rsvps/:accountId/${action}`,
    policy: eventOwner,
    summary: action === 'approve' ? 'Let somebody in' : 'Do not let somebody in',
    tag,
    answer: z.object({ status: statusAnswer, place: placeAnswer, counts: countsAnswer }),
    handle: async ({ request, subject }) => decide(request, subject, action === 'approve' ? 'confirmed' : 'declined'),
  })
}

async function decide(
  { services: { db }, params }: WebRequest,
  { event }: EventAndViewer,
  place: 'confirmed' | 'declined',
): Promise<Response> {
  const accountId = /^\d{1,15}$/.test(params['accountId'] ?? '') ? Number(params['accountId']) : 0
  await decideAnswerOf(db, event.id, { accountId, place })
  const row = await findAnswer(db, event.id, accountId)
  return json({ status: row?.status, place: row?.place, counts: await countAnswers(db, event.id) })
}

async function toAnswerBody({ services: { db } }: WebRequest, event: EventRow, row: AnswerRow) {
  return {
    status: row.status,
    place: row.place,
    guests: row.guests,
    answer: row.answer,
    uri: row.uri,
    waitlistPosition: row.place === 'waitlisted' ? await findWaitlistPosition(db, row) : null,
    answeredAt: row.answered_at,
    counts: await countAnswers(db, event.id),
  }
}

function toGuestAnswer(
  row: AnswerWithPerson,
  { isHost, publicUrl }: { isHost: boolean; publicUrl: string },
): z.input<typeof guestAnswer> {
  const { did, avatar_cid: cid } = row.person
  const { name, handle, isShadow, path } = toPerson(row.person)
  return {
    person: {
      id: row.account_id,
      did,
      handle,
      displayName: name,
      avatar: did !== null && cid !== null ? publicUrl + imagePath(did, cid, 'avatar') : null,
      isShadow,
      url: publicUrl + path,
    },
    status: row.status,
    place: row.place,
    guests: row.guests,
    ...(isHost && { answer: row.answer }),
    origin: row.origin,
    uri: row.uri,
    answeredAt: row.answered_at.toISOString(),
  }
}

export const answerApiRoutes: Route[] = [
  putRoute,
  deleteRoute,
  listRoute,
  decideRoute('approve'),
  decideRoute('decline'),
]
