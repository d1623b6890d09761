import { sql } from 'kysely'
import type { Fetch } from '../atproto/guarded-fetch.ts'
import type { Identities, Identity } from '../atproto/identity.ts'
import { IdentityError } from '../atproto/identity-error.ts'
import { errorText } from '../base/errors.ts'
import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { type ProfileCounts, type ProfileRecord, readProfileCounts, readProfileRecord } from './read-profile.ts'

export type ProfileContext = {
  db: Db
  identities: Identities
  /** For PDSes. */
  fetch: Fetch
  /** For the AppView. */
  operatorFetch: Fetch
  /** Unset: nobody counts followers. */
  appviewUrl?: string | undefined
}

const minute = 60_000
const day = 24 * 60 * minute
const again = { claimed: day, shadow: 7 * day, incomplete: 30 * minute, unreachable: 60 * minute, gone: 30 * day }

/**
 * Reads who a person is from the network and stores it: the handle (checked both ways), the PDS, name, bio and pictures
 * from their own record, followers from the AppView. What cannot be read stays as it was and is tried again later.
 * `fresh` asks the directory even if it was asked a moment ago. Answers whether everything could be read.
 */
export async function refreshProfile(context: ProfileContext, did: string, { fresh = false } = {}): Promise<boolean> {
  const identity = await context.identities.resolveDid(did, { fresh }).catch((error: unknown) => {
    if (error instanceof IdentityError) return error
    throw error
  })
  if (identity instanceof IdentityError) {
    await postpone(context.db, did, identity.shouldRetry() ? again.unreachable : again.gone)
    return false
  }
  const { appviewUrl } = context
  const [record, counts] = await Promise.all([
    identity.pdsUrl ? readProfileRecord(context.fetch, identity.pdsUrl, did) : undefined,
    appviewUrl ? readProfileCounts(context.operatorFetch, appviewUrl, did) : undefined,
  ])
  await store(context.db, identity, record, counts)
  return record !== undefined
}

async function store(
  db: Db,
  identity: Identity,
  record: ProfileRecord | undefined,
  counts: ProfileCounts | undefined,
): Promise<void> {
  const now = Date.now()
  await db.transaction().execute(async (tx) => {
    await keepFormerHandle(tx, identity)
    const row = await tx
      .updateTable('accounts')
      .set({
        handle: identity.handle,
        pds_url: identity.pdsUrl,
        ...(record && {
          display_name: record.displayName,
          bio: record.bio,
          avatar_cid: record.avatarCid,
          banner_cid: record.bannerCid,
        }),
        ...(record && { profile_refreshed_at: new Date(now) }),
        ...(counts && { followers_count: counts.followers, following_count: counts.following }),
        profile_due_at: new Date(now + again.incomplete),
      })
      .where('did', '=', identity.did)
      .where(isRead)
      .returning(['id', 'claimed_at'])
      .executeTakeFirst()
    if (!row) return
    if (record) await postpone(tx, identity.did, row.claimed_at ? again.claimed : again.shadow)
    await notify(tx, 'live', `account:${row.id}`)
  })
}

/** Of whoever deleted their account here nothing is read any more. */
const isRead = sql<boolean>`(claimed_at is not null or unlisted_at is null)`

/** Links to the old name go on leading to its person. */
async function keepFormerHandle(tx: Tx, { did, handle }: Identity): Promise<void> {
  await sql`
    insert into former_handles (handle, account_id)
    select handle, id from accounts where did = ${did} and handle is not null and handle is distinct from ${handle}
    on conflict (handle, account_id) do update set left_at = now()`.execute(tx)
}

async function postpone(db: Db, did: string, ms: number): Promise<void> {
  // Spread, so that what was read together does not come due together.
  const dueAt = new Date(Date.now() + ms * (0.9 + 0.2 * Math.random()))
  await db.updateTable('accounts').set({ profile_due_at: dueAt }).where('did', '=', did).execute()
}

/**
 * Reads all profiles that are due, a few at a time, until none is left or `signal` ends it. Answers how many. One that
 * fails in a way nobody thought of keeps nobody back; its error is thrown at the end.
 */
export async function refreshDueProfiles(
  context: ProfileContext,
  signal: AbortSignal,
  { concurrency = 8 } = {},
): Promise<number> {
  const errors: unknown[] = []
  let count = 0
  for (
    let dids = await findDueDids(context.db, 100);
    dids.length > 0 && !signal.aborted;
    dids = await findDueDids(context.db, 100)
  ) {
    const waiting = dids.values()
    const workers = Array.from({ length: concurrency }, async () => {
      for (const did of waiting)
        if (!signal.aborted) await refreshOne(context, did).catch((error: unknown) => errors.push(error))
    })
    await Promise.all(workers)
    count += dids.length
  }
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} profiles could not be read: ${errorText(errors[0])}`)
  return count
}

async function refreshOne(context: ProfileContext, did: string): Promise<void> {
  try {
    await refreshProfile(context, did)
  } catch (error) {
    await postpone(context.db, did, again.unreachable)
    throw error
  }
}

async function findDueDids(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts')
    .select('did')
    .where('did', 'is not', null)
    .where('profile_due_at', '<=', new Date())
    .where('repo_status', '!=', 'deleted')
    .where(isRead)
    .orderBy('profile_due_at')
    .limit(limit)
    .execute()
  return rows.flatMap(({ did }) => did ?? [])
}
