import { z } from 'zod'
import type { EventRow } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import type { AnswerRow } from '../../rsvps/rsvp-store.ts'
import { rsvpStatuses } from '../../rsvps/rsvp.ts'
import { answerEvent, decideAnswerOf, withdrawAnswer } from '../../rsvps/write-rsvp.ts'
import { seeOtherWithFlash } from '../kernel/page.ts'
import { type Route, type WebRequest, pageRoute, seeOther } from '../kernel/route.ts'
import type { FlashCode } from '../messages.ts'
import { type CarriedAnswer, answerPath, carryAnswer } from './carried-answer.ts'
import { eventGuest, eventOwner, eventViewer } from './event-policies.ts'
import { loadGuestsPage, readGuestTab, showGuests } from './show-guests.tsx'

const answerForm = z.object({
  status: z.enum(rsvpStatuses),
  guests: z.coerce.number().int().min(0).optional(),
  answer: z.string().optional(),
})

/** Whoever is not signed in does so, and has then answered. */
const answerRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/rsvp',
  policy: eventViewer,
  body: answerForm,
  handle: async ({ request, subject: event, body }) => {
    if (!request.viewer) return leaveToSignIn(request, event, body)
    const { account } = request.viewer
    const answer = await answerEvent(request.services.db, account, { eventId: event.id, answer: body })
    return seeOtherWithFlash(request, `${eventUrlPath(event)}#rsvp`, flashOf(answer))
  },
})

const withdrawRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/withdraw',
  policy: eventGuest,
  body: z.object({}),
  handle: async ({ request, subject: { event, account } }) => {
    await withdrawAnswer(request.services.db, account, event.id)
    return seeOtherWithFlash(request, `${eventUrlPath(event)}#rsvp`, 'answer-withdrawn')
  },
})

const guestsRoute = pageRoute({
  method: 'GET',
  path: '/events/:slug/guests',
  policy: eventViewer,
  handle: async ({ request, subject }) => showGuests(request, await loadGuestsPage(request, subject)),
})

const decideRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/approve',
  policy: eventOwner,
  body: z.object({
    accountId: z.coerce.number().int().positive(),
    decision: z.enum(['approve', 'decline']),
    tab: z.string().optional(),
  }),
  handle: async ({ request, subject: { event }, body }) => {
    const { accountId, decision } = body
    const place = decision === 'approve' ? 'confirmed' : 'declined'
    await decideAnswerOf(request.services.db, event.id, { accountId, place })
    const path = `${eventUrlPath(event)}/guests?tab=${readGuestTab(body.tab, true)}`
    return seeOtherWithFlash(request, path, decision === 'approve' ? 'guest-approved' : 'guest-declined')
  },
})

function leaveToSignIn(request: WebRequest, event: EventRow, answer: CarriedAnswer): Response {
  const response = seeOther(`/sign-in?${new URLSearchParams({ return_to: answerPath(event), reason: 'answer' })}`)
  carryAnswer(request, response, event, answer)
  return response
}

function flashOf({ status, place }: AnswerRow): FlashCode {
  if (status !== 'going') return 'answer-saved'
  if (place === 'waitlisted') return 'answer-waitlisted'
  return place === 'pending' ? 'answer-pending' : 'answer-saved'
}

export const answerRoutes: Route[] = [answerRoute, withdrawRoute, guestsRoute, decideRoute]
