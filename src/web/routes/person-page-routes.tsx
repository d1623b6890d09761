import { decodeCursor } from '../../events/list-cursor.ts'
import { countPersonEvents, listPersonEvents } from '../../rsvps/person-events.ts'
import { countRecordsByState } from '../../records/count-by-state.ts'
import { findSessionState } from '../../atproto/oauth-session-state.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { page } from '../kernel/page.ts'
import { signedIn } from '../kernel/policies.ts'
import { type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import { MyEventsPage } from '../pages/my-events-page.tsx'
import { ProfilePage } from '../pages/profile-page.tsx'
import { toPerson } from '../view/person-view.ts'
import { toProfileHeader } from '../view/profile-header.ts'
import type { MyEventsPageView, MyEventsTab, ProfilePageView, ProfileTab } from '../view/profile-view.ts'
import { loadEventCards } from './load-event-cards.ts'
import { namedOrMovedPerson } from './named-person.ts'

const pageSize = 30
const profileTabs: readonly ProfileTab[] = ['hosting', 'going', 'past']
const myTabs: readonly MyEventsTab[] = ['hosting', 'going', 'drafts', 'past']

const profileRoute = pageRoute({
  method: 'GET',
  path: '/u/:handleOrDid',
  policy: namedOrMovedPerson,
  handle: async ({ request, subject: { account, isMoved } }) => {
    if (isMoved) return redirectTo(`${toPerson(account).path}${request.url.search}`)
    const view = await loadProfile(request, account)
    return page(request, 200, (shell) => <ProfilePage shell={shell} view={view} />)
  },
})

const myEventsRoute = pageRoute({
  method: 'GET',
  path: '/me/events',
  policy: signedIn,
  handle: async ({ request, subject }) => {
    const view = await loadMyEvents(request, subject)
    return page(request, 200, (shell) => <MyEventsPage shell={shell} view={view} />)
  },
})

/** For now only: the name may be somebody else's tomorrow. */
function redirectTo(path: string): Response {
  return new Response(null, { status: 302, headers: { location: path, 'cache-control': 'no-store' } })
}

/** The same for everybody, the person included: what only they see is under "My events". */
async function loadProfile(request: WebRequest, account: AccountRow): Promise<ProfilePageView> {
  const tab = readTab(request, profileTabs)
  const isSelf = request.viewer?.account.id === account.id
  const { rows, cursor } = await listPersonEvents(request.services.db, {
    ...{ accountId: account.id, tab, audience: 'public', now: new Date(), limit: pageSize },
    after: readCursor(request),
  })
  const [events, publishing] = await Promise.all([
    loadEventCards(request, rows),
    isSelf ? loadPublishing(request, account) : null,
  ])
  const nextPath = toNextPath(toPerson(account).path, tab, cursor)
  return { ...toProfileHeader(account), tab, events, nextPath, isSelf, publishing }
}

async function loadMyEvents(request: WebRequest, account: AccountRow): Promise<MyEventsPageView> {
  const { db } = request.services
  const tab = readTab(request, myTabs)
  const now = new Date()
  const [counts, { rows, cursor }] = await Promise.all([
    countPersonEvents(db, account.id, now),
    listPersonEvents(db, {
      ...{ accountId: account.id, tab, audience: 'self', now, limit: pageSize },
      after: readCursor(request),
    }),
  ])
  const events = await loadEventCards(request, rows, { withSync: true })
  return { tab, counts, events, nextPath: toNextPath('/me/events', tab, cursor) }
}

async function loadPublishing(
  { services: { db } }: WebRequest,
  { did }: AccountRow,
): Promise<ProfilePageView['publishing']> {
  if (did === null) return { synced: 0, waiting: 0, failed: 0, needsReconnect: false, isConnected: false }
  const [counts, session] = await Promise.all([countRecordsByState(db, did), findSessionState(db, did)])
  const count = (...states: string[]) => states.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0)
  return {
    synced: count('IN_SYNC'),
    waiting: count('NEEDS_SYNC', 'NEEDS_RECONNECT'),
    failed: count('SYNC_FAILED', 'CONFLICT'),
    needsReconnect: session?.state === 'needs-reconnect',
    isConnected: session !== undefined,
  }
}

function readTab<Tab extends string>({ url }: WebRequest, tabs: readonly Tab[]): Tab {
  const [first] = tabs
  if (first === undefined) throw new Error('no tabs')
  return tabs.find((tab) => tab === url.searchParams.get('tab')) ?? first
}

function readCursor({ url }: WebRequest) {
  const cursor = url.searchParams.get('cursor')
  return cursor ? decodeCursor(cursor) : undefined
}

function toNextPath(path: string, tab: string, cursor: string | undefined): string | null {
  return cursor === undefined ? null : `${path}?${new URLSearchParams({ tab, cursor })}`
}

export const personPageRoutes: Route[] = [profileRoute, myEventsRoute]
