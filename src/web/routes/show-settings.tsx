import { listApiTokens } from '../../accounts/api-token.ts'
import { listWebSessions } from '../../accounts/web-session.ts'
import { findSessionState } from '../../atproto/oauth-session-state.ts'
import { countWaiting } from '../../records/count-waiting.ts'
import { page } from '../kernel/page.ts'
import type { Viewer, WebRequest } from '../kernel/route.ts'
import { SettingsPage } from '../pages/settings-page.tsx'
import type { SettingsPageView } from '../view/settings-view.ts'
import { deletePhrase } from '../view/delete-phrase.ts'
import { toConnection } from '../view/to-connection.ts'

export type BrowserViewer = Extract<Viewer, { via: 'session' }>

type Change = Partial<Pick<SettingsPageView, 'errors' | 'values' | 'newToken'>> & { status?: number }

/** The settings of whoever is signed in, with what went wrong or was just made. */
export async function showSettings(
  request: WebRequest,
  viewer: BrowserViewer,
  { status = 200, ...change }: Change = {},
): Promise<Response> {
  const view = await buildSettingsView(request, viewer, change)
  // A token is shown this once: not again from the browser's history.
  const headers: Record<string, string> = view.newToken === null ? {} : { 'cache-control': 'no-store' }
  return page(request, status, (shell) => <SettingsPage shell={shell} view={view} />, { leaves: true, headers })
}

async function buildSettingsView(
  { services: { db } }: WebRequest,
  { account, sessionId }: BrowserViewer,
  change: Change,
): Promise<SettingsPageView> {
  const { did } = account
  const [session, waiting, sessions, tokens] = await Promise.all([
    did === null ? undefined : findSessionState(db, did),
    did === null ? 0 : countWaiting(db, did),
    listWebSessions(db, account.id),
    listApiTokens(db, account.id),
  ])
  return {
    connection: toConnection(account, session, waiting),
    email: account.email,
    isListed: account.unlisted_at === null,
    deletePhrase: deletePhrase(account),
    sessions: sessions.map((one) => ({ ...one, isCurrent: one.id === sessionId })),
    tokens,
    newToken: null,
    errors: [],
    values: {},
    ...change,
  }
}
