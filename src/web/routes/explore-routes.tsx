import { decodeCursor } from '../../events/list-cursor.ts'
import { type EventQuery, listEvents } from '../../events/list-events.ts'
import { toInstant, toWallTime } from '../../events/read-time.ts'
import { page } from '../kernel/page.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import { buildShell } from '../kernel/request-shell.ts'
import { ExplorePage } from '../pages/explore-page.tsx'
import {
  type ExploreFilters,
  type ExplorePageView,
  type ExploreWhen,
  explorePath,
  isFiltered,
  readExploreFilters,
} from '../view/explore-view.ts'
import { loadEventCards } from './load-event-cards.ts'

const pageSize = 30
const maxLive = 12
const day = 24 * 3_600_000

const exploreRoute = pageRoute({
  method: 'GET',
  path: '/',
  policy: anyone,
  handle: async ({ request }) => {
    const shell = await buildShell(request)
    const view = await loadExplorePage(request, { now: shell.now, zone: shell.zone ?? 'UTC' })
    return page(request, 200, (shell) => <ExplorePage shell={shell} view={view} />)
  },
})

type Clock = { now: Date; zone: string }

async function loadExplorePage(request: WebRequest, clock: Clock): Promise<ExplorePageView> {
  const { db } = request.services
  const filters = readExploreFilters(request.url.searchParams)
  const cursor = request.url.searchParams.get('cursor')
  const isFront = !isFiltered(filters)
  const base = { ...toEventQuery(filters, clock), limit: pageSize, after: cursor ? decodeCursor(cursor) : undefined }
  const [live, listed] = await Promise.all([
    isFront && !cursor ? listEvents(db, { phase: 'live', now: clock.now, limit: maxLive }) : undefined,
    listEvents(db, isFront ? { ...base, phase: 'upcoming' } : base),
  ])
  const now = live?.rows ?? []
  const cards = await loadEventCards(request, [...now, ...listed.rows])
  return {
    filters,
    now: cards.slice(0, now.length),
    events: cards.slice(now.length),
    nextPath: listed.cursor === undefined ? null : explorePath(filters, { cursor: listed.cursor }),
  }
}

/** What the filters ask for, as days of the viewer's zone. */
export function toEventQuery(filters: ExploreFilters, clock: Clock): Omit<EventQuery, 'limit' | 'after'> {
  const { q, when, mode, source } = filters
  return {
    phase: when === 'past' ? 'past' : 'on',
    now: clock.now,
    startsBefore: endOf(when, clock),
    search: q || undefined,
    mode: mode === 'all' ? undefined : mode,
    origin: source === 'all' ? undefined : source,
  }
}

/** Today ends at midnight; a week and a month from now are seven days and thirty. */
function endOf(when: ExploreWhen, { now, zone }: Clock): Date | undefined {
  const days = { today: 1, week: 7, month: 30 }[when as string]
  if (days === undefined) return undefined
  const date = toWallTime(now, zone).slice(0, 10)
  const next = new Date(Date.parse(`${date}T00:00:00Z`) + days * day).toISOString().slice(0, 10)
  return toInstant(`${next}T00:00`, zone)
}

export const exploreRoutes: Route[] = [exploreRoute]
