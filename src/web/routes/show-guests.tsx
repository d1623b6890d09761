import type { EventRow } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import { type AnswerWithPerson, countAnswers, listAnswers } from '../../rsvps/rsvp-store.ts'
import { page } from '../kernel/page.ts'
import type { WebRequest } from '../kernel/route.ts'
import { GuestsPage } from '../pages/guests-page.tsx'
import type { GuestTab, GuestView, GuestsPageView } from '../view/event-view.ts'
import { hueOf } from '../view/hue.ts'
import { toPerson } from '../view/person-view.ts'
import { toSource } from '../view/to-event-card.ts'

const pageSize = 50
/** Who comes and who is interested is public; who waits, asks or cannot come is the host's. */
export const publicTabs: readonly GuestTab[] = ['going', 'interested']
const hostTabs: readonly GuestTab[] = [...publicTabs, 'notgoing', 'waitlisted', 'pending']

export function readGuestTab(text: string | null | undefined, isHost: boolean): GuestTab {
  return (isHost ? hostTabs : publicTabs).find((tab) => tab === text) ?? 'going'
}

export async function loadGuestsPage(request: WebRequest, event: EventRow): Promise<GuestsPageView> {
  const { services, url, viewer } = request
  const isHost = viewer?.account.id === event.owner_id
  const tab = readGuestTab(url.searchParams.get('tab'), isHost)
  const before = readBefore(url.searchParams.get('before'))
  const list = { list: tab, limit: pageSize + 1, before, forHost: isHost }
  const [counts, answers] = await Promise.all([
    countAnswers(services.db, event.id),
    listAnswers(services.db, event.id, list),
  ])
  const shown = answers.slice(0, pageSize)
  const path = eventUrlPath(event)
  const isMore = answers.length > pageSize
  return {
    event: { slug: event.slug, path, name: event.name, hue: hueOf(event.slug) },
    eventId: event.id,
    tab,
    counts: isHost ? counts : { ...counts, notgoing: 0, waitlisted: 0, pending: 0 },
    guests: shown.map((answer) => toGuest(answer, isHost)),
    canManage: isHost,
    question: isHost ? event.approval_question : null,
    nextPath: isMore ? `${path}/guests?${new URLSearchParams({ tab, before: String(shown.at(-1)?.id) })}` : null,
  }
}

export async function showGuests(request: WebRequest, view: GuestsPageView): Promise<Response> {
  return page(request, 200, (shell) => <GuestsPage shell={shell} view={view} />)
}

function toGuest(answer: AnswerWithPerson, isHost: boolean): GuestView {
  return {
    ...toPerson(answer.person),
    accountId: answer.account_id,
    guests: answer.guests,
    status: answer.status,
    place: answer.place,
    answer: isHost ? answer.answer : null,
    answeredAt: answer.answered_at,
    source: toSource(answer),
  }
}

function readBefore(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
