import type { Db } from '../db/database.ts'
import { missingScopes } from './oauth-scopes.ts'

/** How a person is connected with their PDS, for the settings page and the operator. */
export type OAuthSessionState = {
  did: string
  /** `needs-reconnect`: it is over, or too little was granted to publish with. */
  state: 'connected' | 'needs-reconnect'
  isOver: boolean
  scopes: string[]
  missingScopes: string[]
  connectedAt: Date
  refreshedAt: Date
  /** When the PDS will end the session unless it is renewed before. */
  expiresAt: Date | null
  lastError: string | null
}

export async function findSessionState(db: Db, did: string): Promise<OAuthSessionState | undefined> {
  const row = await db.selectFrom('oauth_sessions').select(columns).where('did', '=', did).executeTakeFirst()
  return row && toState(row)
}

/** All connections, in the order of their DIDs. */
export async function listSessionStates(
  db: Db,
  { after = '', limit = 100, onlyOver = false }: { after?: string; limit?: number; onlyOver?: boolean } = {},
): Promise<OAuthSessionState[]> {
  const rows = await db
    .selectFrom('oauth_sessions')
    .select(columns)
    .where('did', '>', after)
    .$if(onlyOver, (qb) => qb.where((eb) => eb.or([eb('state', '!=', 'active'), eb('expires_at', '<', new Date())])))
    .orderBy('did')
    .limit(limit)
    .execute()
  return rows.map(toState)
}

const columns = ['did', 'state', 'scope', 'created_at', 'refreshed_at', 'expires_at', 'last_error'] as const

type StateRow = {
  did: string
  state: string
  scope: string
  created_at: Date
  refreshed_at: Date
  expires_at: Date | null
  last_error: string | null
}

function toState(row: StateRow): OAuthSessionState {
  const isOver = row.state !== 'active' || (row.expires_at !== null && row.expires_at.getTime() < Date.now())
  const missing = missingScopes(row.scope)
  return {
    did: row.did,
    state: isOver || missing.length > 0 ? 'needs-reconnect' : 'connected',
    isOver,
    scopes: row.scope.split(' ').filter(Boolean),
    missingScopes: missing,
    connectedAt: row.created_at,
    refreshedAt: row.refreshed_at,
    expiresAt: row.expires_at,
    lastError: row.last_error,
  }
}
