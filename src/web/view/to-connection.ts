import type { AccountRow } from '../../accounts/account.ts'
import type { OAuthSessionState } from '../../atproto/oauth-session-state.ts'
import type { ConnectionView } from './settings-view.ts'

/** How an account stands with its repo. `session`: undefined where it is not connected, or no longer. */
export function toConnection(
  account: Pick<AccountRow, 'did' | 'handle' | 'pds_url'>,
  session: OAuthSessionState | undefined,
  waiting: number,
): ConnectionView {
  return {
    state: session?.state ?? 'none',
    did: account.did,
    handle: account.handle,
    pdsUrl: account.pds_url,
    scopes: session?.scopes ?? [],
    missingScopes: session?.missingScopes ?? [],
    connectedAt: session?.connectedAt ?? null,
    refreshedAt: session?.refreshedAt ?? null,
    expiresAt: session?.expiresAt ?? null,
    lastError: session?.lastError ?? null,
    waiting,
  }
}
