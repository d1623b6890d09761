import { z } from 'zod'
import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import { UnsealError } from '../../base/seal.ts'
import type { EventRow } from '../../events/event-row.ts'
import { eventUrlPath, findEventBySlug } from '../../events/event-store.ts'
import { rsvpStatuses } from '../../rsvps/rsvp.ts'
import { answerEvent } from '../../rsvps/write-rsvp.ts'
import { cookieHeader, findCookie } from '../kernel/cookies.ts'
import type { WebRequest } from '../kernel/route.ts'
import { maySeeEvent } from './may-see-event.ts'

/**
 * The answer somebody chose before they signed in. It travels in a sealed cookie of their own browser, never in an
 * address: a link can make nobody answer. Only a form of ours, which no other site can send, sets it; it is good for half
 * an hour, once, and only where the sign-in leads back to the event it was chosen on. See decision 0031.
 */
const carried = z.object({
  slug: z.string(),
  status: z.enum(rsvpStatuses),
  guests: z.number().int().optional(),
  answer: z.string().optional(),
  until: z.number(),
})
export type CarriedAnswer = Omit<z.infer<typeof carried>, 'slug' | 'until'>

const seconds = 30 * 60
const context = 'carried-answer'
/** Browsers drop a cookie of more than 4 KB. */
const maxCookie = 3500

/** Where signing in for an answer leads back to. */
export function answerPath(event: Pick<EventRow, 'slug'>): string {
  return `${eventUrlPath(event)}#rsvp`
}

/** Lets the browser keep the answer until its person has signed in. An answer too long for a cookie is chosen again. */
export function carryAnswer(request: WebRequest, response: Response, event: EventRow, answer: CarriedAnswer): void {
  const value = { ...answer, slug: event.slug, until: Date.now() + seconds * 1000 }
  const sealed = request.services.sealer.seal(JSON.stringify(value), context).toString('base64url')
  if (sealed.length <= maxCookie)
    response.headers.append('set-cookie', cookieHeader(request, 'openmeet-answer', sealed, seconds))
}

/** What is going to be answered by signing in with this way back. */
export function findCarriedAnswer(request: WebRequest, returnTo: string) {
  const found = read(request)
  return found && returnTo === answerPath(found) ? found : undefined
}

export type AnswerOutcome = 'answer-given' | 'answer-refused'

/** Gives the answer as whoever has just signed in. Undefined where there is none to give. */
export async function giveCarriedAnswer(
  request: WebRequest,
  account: AccountRow,
  returnTo: string,
): Promise<AnswerOutcome | undefined> {
  const found = findCarriedAnswer(request, returnTo)
  if (!found) return undefined
  const { slug, until: _, ...answer } = found
  const { db } = request.services
  const event = await findEventBySlug(db, slug)
  const asThem = { ...request, viewer: { account, via: 'token' as const } }
  if (!event || !(await maySeeEvent(asThem, event))) return 'answer-refused'
  try {
    await answerEvent(db, account, { eventId: event.id, answer })
    return 'answer-given'
  } catch (error) {
    if (error instanceof AppError) return 'answer-refused'
    throw error
  }
}

/** Once: it must not be given again by the next sign-in. */
export function forgetCarriedAnswer(request: WebRequest, response: Response): void {
  if (findCookie(request, 'openmeet-answer') !== undefined)
    response.headers.append('set-cookie', cookieHeader(request, 'openmeet-answer', '', 0))
}

function read(request: WebRequest): z.infer<typeof carried> | undefined {
  const cookie = findCookie(request, 'openmeet-answer')
  if (!cookie) return undefined
  try {
    const { data } = carried.safeParse(
      JSON.parse(request.services.sealer.open(Buffer.from(cookie, 'base64url'), context)),
    )
    return data && data.until > Date.now() ? data : undefined
  } catch (error) {
    if (error instanceof UnsealError) return undefined
    throw error
  }
}
