import { sql } from 'kysely'
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

/** All connections, or those whose people must reconnect, in the order of their DIDs. */
export async function listSessionStates(
  db: Db,
  { after = '', limit = 100, onlyReconnect = false }: { after?: string; limit?: number; onlyReconnect?: boolean } = {},
): Promise<OAuthSessionState[]> {
  const found: OAuthSessionState[] = []
  // How a scope is spelled is no matter for SQL: what was granted too little is found by reading on.
  for (let from = after; found.length < limit;) {
    const rows = await db
      .selectFrom('oauth_sessions')
      .select(columns)
      .where('did', '>', from)
      .orderBy('did')
      .limit(limit)
      .execute()
    const states = rows.map(toState)
    found.push(...(onlyReconnect ? states.filter(({ state }) => state === 'needs-reconnect') : states))
    if (rows.length < limit) break
    from = rows.at(-1)?.did ?? from
  }
  return found.slice(0, limit)
}

export async function countSessionStates(db: Db): Promise<{ all: number; reconnect: number }> {
  // Few people grant the same in different words.
  const rows = await db
    .selectFrom('oauth_sessions')
    .select(['scope', sql<number>`count(*)::int4`.as('all')])
    .select(sql<number>`count(*) filter (where state <> 'active' or expires_at < now())::int4`.as('over'))
    .groupBy('scope')
    .execute()
  const reconnect = rows.map(({ scope, all, over }) => (missingScopes(scope).length > 0 ? all : over))
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)
  return { all: sum(rows.map(({ all }) => all)), reconnect: sum(reconnect) }
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
