import type { SessionRun } from '../../accounts/session-run.ts'
import type { OAuthSessionState } from '../../atproto/oauth-session-state.ts'
import type { PersonView } from './person-view.ts'

export type AdminSessionView = Omit<OAuthSessionState, 'isOver' | 'scopes' | 'connectedAt'> & {
  /** Null where the DID has no account here. */
  person: PersonView | null
}

export type AdminSessionsView = {
  accountId: number
  tab: 'all' | 'reconnect'
  counts: { all: number; reconnect: number }
  sessions: AdminSessionView[]
  /** The last order to renew all of them, finished or not. */
  run: SessionRun | null
  nextPath: string | null
}
