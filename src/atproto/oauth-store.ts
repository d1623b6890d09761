import { createHash } from 'node:crypto'
import type { Jwk, NodeSavedSession, NodeSavedSessionStore, NodeSavedStateStore } from '@atproto/oauth-client-node'
import { sql } from 'kysely'
import { errorText } from '../base/errors.ts'
import { type Sealer, UnsealError } from '../base/seal.ts'
import type { Db } from '../db/database.ts'

type SealedDb = { db: Db; sealer: Sealer }

/** Sign-ins that are under way, by their `state` parameter. They are used once; `cleanup` removes what was never finished. */
export function createStateStore({ db, sealer }: SealedDb): NodeSavedStateStore {
  const context = (key: string) => `oauth_states:${key}`
  return {
    async get(key) {
      const row = await db.selectFrom('oauth_states').select('sealed').where('key', '=', key).executeTakeFirst()
      return row && JSON.parse(sealer.open(row.sealed, context(key)))
    },
    async set(key, value) {
      await db
        .insertInto('oauth_states')
        .values({ key, sealed: sealer.seal(JSON.stringify(value), context(key)) })
        .execute()
    },
    async del(key) {
      await db.deleteFrom('oauth_states').where('key', '=', key).execute()
    },
  }
}

/** Another sign-in of the same person replaced the session while this unit of work was using it: start over with the new one. */
export class StaleSessionError extends Error {
  override readonly name = 'StaleSessionError'
}

/** How long a session can last: in all since the sign-in, and since it was last refreshed. https://atproto.com/specs/oauth#tokens-and-session-lifetime */
export type SessionLifetime = { totalDays: number; idleDays: number }

export type BoundSessionStore = NodeSavedSessionStore & {
  /** The session as it was last read or written here. */
  current(): NodeSavedSession | undefined
  /** Writes down why the session was given up. */
  explain(did: string, cause: unknown): Promise<void>
}

/**
 * The session store of one unit of work. It is bound to the DPoP key of the session it met first, and neither reads,
 * overwrites nor gives up a session with another key: an object that outlived its session would otherwise delete the
 * person's newer sign-in. A session that is given up leaves its row behind without tokens, as `needs_reconnect`.
 * One that no key opens just now says so, and keeps its tokens: see reviveSessions.
 * `login`: the store of a sign-in, which replaces whatever session there was.
 */
export function createSessionStore(
  { db, sealer }: SealedDb,
  mode: 'work' | 'login',
  lifetime: SessionLifetime,
): BoundSessionStore {
  let bound: string | undefined
  let current: NodeSavedSession | undefined
  const mine = (did: string, dpopKey: string) =>
    db.updateTable('oauth_sessions').where('did', '=', did).where('dpop_key', '=', dpopKey)

  return {
    current: () => current,
    async get(did) {
      const row = await findSealed(db, did)
      if (!row?.sealed) return undefined
      bound ??= row.dpop_key
      if (bound !== row.dpop_key) throw new StaleSessionError(`${did} has signed in anew`)
      const opened = open(sealer, did, row.sealed)
      if (opened instanceof UnsealError) {
        await explainSealed(db, did, row.sealed, opened.message)
        throw opened
      }
      current = JSON.parse(opened) as NodeSavedSession
      return current
    },
    async set(did, session) {
      const dpopKey = fingerprint(session.dpopJwk)
      const values = toRow(session, sealer.seal(JSON.stringify(session), sealContext(did)), lifetime)
      if (mode === 'login')
        await storeLogin(db, did, { ...values, dpop_key: dpopKey, created_at: values.refreshed_at }, lifetime)
      else {
        const { numUpdatedRows } = await mine(did, dpopKey)
          .set({ ...values, expires_at: expiry(lifetime) })
          .executeTakeFirst()
        if (numUpdatedRows === 0n) throw new StaleSessionError(`${did} has signed in anew`)
      }
      bound = dpopKey
      current = session
    },
    async del(did) {
      if (bound !== undefined) await mine(did, bound).set({ sealed: null, state: 'needs_reconnect' }).execute()
    },
    async explain(did, cause) {
      if (bound !== undefined)
        await mine(did, bound)
          .set({ last_error: errorText(cause) })
          .where('sealed', 'is', null)
          .execute()
    },
  }
}

const sealContext = (did: string) => `oauth_sessions:${did}`

function open(sealer: Sealer, did: string, sealed: Buffer): string | UnsealError {
  try {
    return sealer.open(sealed, sealContext(did))
  } catch (error) {
    if (error instanceof UnsealError) return error
    throw error
  }
}

async function explainSealed(db: Db, did: string, sealed: Buffer, error: string): Promise<void> {
  await db
    .updateTable('oauth_sessions')
    .set({ state: 'needs_reconnect', last_error: error })
    .where('did', '=', did)
    .where('sealed', '=', sealed)
    .execute()
}

/** Takes the tokens of a session that no key opens. Where its person has signed in anew meanwhile, it is not that session. */
export async function dropUnopenable({ db, sealer }: SealedDb, did: string): Promise<void> {
  const row = await findSealed(db, did)
  if (!row?.sealed || !(open(sealer, did, row.sealed) instanceof UnsealError)) return
  await db
    .updateTable('oauth_sessions')
    .set({ sealed: null, state: 'needs_reconnect' })
    .where('did', '=', did)
    .where('sealed', '=', row.sealed)
    .execute()
}

/** Sessions that could not be opened for a while and can be now, the key being back: they are good again. Answers whose. */
export async function reviveSessions({ db, sealer }: SealedDb): Promise<string[]> {
  const rows = await db
    .selectFrom('oauth_sessions')
    .select(['did', 'sealed'])
    .where('state', '=', 'needs_reconnect')
    .where('sealed', 'is not', null)
    .execute()
  const revived: string[] = []
  for (const { did, sealed } of rows) {
    if (!sealed || open(sealer, did, sealed) instanceof UnsealError) continue
    const { numUpdatedRows } = await db
      .updateTable('oauth_sessions')
      .set({ state: 'active', last_error: null })
      .where('did', '=', did)
      .where('sealed', '=', sealed)
      .executeTakeFirst()
    if (numUpdatedRows > 0n) revived.push(did)
  }
  return revived
}

function findSealed(db: Db, did: string) {
  return db.selectFrom('oauth_sessions').select(['sealed', 'dpop_key']).where('did', '=', did).executeTakeFirst()
}

function toRow({ tokenSet }: NodeSavedSession, sealed: Buffer, { idleDays }: SessionLifetime) {
  const now = Date.now()
  // Long before it ends, and each at another time: what was made together must not be renewed together.
  const renewIn = idleDays * day * (0.3 + 0.2 * Math.random())
  return {
    sealed,
    scope: tokenSet.scope,
    state: 'active' as const,
    last_error: null,
    refreshed_at: new Date(now),
    refresh_due_at: new Date(now + renewIn),
  }
}

type LoginRow = ReturnType<typeof toRow> & { dpop_key: string; created_at: Date }

async function storeLogin(db: Db, did: string, row: LoginRow, { totalDays, idleDays }: SessionLifetime): Promise<void> {
  const values = { ...row, expires_at: new Date(row.created_at.getTime() + Math.min(totalDays, idleDays) * day) }
  await db
    .insertInto('oauth_sessions')
    .values({ did, ...values })
    .onConflict((oc) => oc.column('did').doUpdateSet(values))
    .execute()
}

function expiry({ totalDays, idleDays }: SessionLifetime) {
  return sql<Date>`least(created_at + make_interval(days => ${totalDays}), now() + make_interval(days => ${idleDays}))`
}

const day = 24 * 3600_000

/** Names a DPoP key by its public half. */
function fingerprint(jwk: Jwk): string {
  const { kty, crv, x, y } = jwk as { kty: string; crv?: string; x?: string; y?: string }
  return createHash('sha256')
    .update(JSON.stringify([kty, crv, x, y]))
    .digest('base64url')
}
