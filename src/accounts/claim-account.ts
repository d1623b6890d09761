import { sql } from 'kysely'
import type { Tx } from '../db/database.ts'
import { enqueueWrite } from '../records/outbox-store.ts'
import type { AccountRow } from './account.ts'
import { audit } from './audit.ts'

/** Columns that only say whose a row is: they move as they are. Every other reference to accounts is handled by name below. */
const plainReferences = [
  ['events', 'owner_id'],
  ['conflicts', 'resolved_by'],
  ['blobs', 'account_id'],
  ['former_handles', 'account_id'],
  ['session_runs', 'started_by'],
] as const

/**
 * Moves all of a shadow account into the account of its person and deletes it, in the caller's transaction; both rows
 * are locked. Where both answered the same event, the newer answer stands (one person, one answer). The shadow's
 * sessions, tokens and codes go with it: nobody has ever signed in as it.
 */
export async function mergeShadowAccount(tx: Tx, shadow: AccountRow, into: AccountRow): Promise<void> {
  const moved: Record<string, number> = {}
  for (const [table, column] of plainReferences) {
    const result =
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${into.id} where ${sql.ref(column)} = ${shadow.id}`.execute(
        tx,
      )
    moved[table] = Number(result.numAffectedRows ?? 0n)
  }
  moved['rsvps'] = await mergeAnswers(tx, shadow, into)
  await tx.updateTable('audit_log').set({ account_id: into.id }).where('account_id', '=', shadow.id).execute()
  await tx.deleteFrom('accounts').where('id', '=', shadow.id).execute()
  await tx.updateTable('accounts').set(takenOver(shadow, into)).where('id', '=', into.id).execute()
  await audit(tx, {
    accountId: into.id,
    action: 'merge',
    subject: shadow.did ?? '',
    detail: { shadow: shadow.id, ...moved },
  })
}

/** What the network says of the person; what they have typed here themselves stays. */
function takenOver(shadow: AccountRow, into: AccountRow) {
  return {
    did: shadow.did,
    handle: shadow.handle,
    pds_url: shadow.pds_url,
    display_name: into.display_name || shadow.display_name,
    bio: into.bio || shadow.bio,
    avatar_cid: shadow.avatar_cid,
    banner_cid: shadow.banner_cid,
    followers_count: shadow.followers_count,
    following_count: shadow.following_count,
    repo_status: shadow.repo_status,
    repo_status_at: shadow.repo_status_at,
    is_admin: into.is_admin || shadow.is_admin,
    unlisted_at: into.unlisted_at ?? shadow.unlisted_at,
    profile_refreshed_at: shadow.profile_refreshed_at,
    profile_due_at: new Date(),
  }
}

async function mergeAnswers(tx: Tx, shadow: AccountRow, into: AccountRow): Promise<number> {
  const both = await tx
    .selectFrom('rsvps as theirs')
    .innerJoin('rsvps as ours', (join) =>
      join.onRef('ours.event_id', '=', 'theirs.event_id').on('ours.account_id', '=', into.id),
    )
    .select([
      'theirs.id as shadowId',
      'ours.id as ownId',
      'theirs.uri as uri',
      'theirs.answered_at as shadowAt',
      'ours.answered_at as ownAt',
    ])
    .where('theirs.account_id', '=', shadow.id)
    .execute()
  for (const pair of both) await keepNewer(tx, pair, shadow.did ?? '')
  const rest = await tx
    .updateTable('rsvps')
    .set({ account_id: into.id })
    .where('account_id', '=', shadow.id)
    .executeTakeFirst()
  return both.length + Number(rest.numUpdatedRows)
}

type AnswerPair = { shadowId: number; ownId: number; uri: string | null; shadowAt: Date; ownAt: Date }

/** The answer given here, when newer, takes over the record of the older one and is written to it. */
async function keepNewer(tx: Tx, { shadowId, ownId, uri, shadowAt, ownAt }: AnswerPair, did: string): Promise<void> {
  if (shadowAt >= ownAt) {
    await tx.deleteFrom('rsvps').where('id', '=', ownId).execute()
    return
  }
  await tx.deleteFrom('rsvps').where('id', '=', shadowId).execute()
  if (!uri) return
  await tx.updateTable('rsvps').set({ uri }).where('id', '=', ownId).execute()
  await enqueueWrite(tx, { uri, did, action: 'put' })
}
