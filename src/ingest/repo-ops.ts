import { sql } from 'kysely'
import type { AccountOp, AccountStatus, IdentityOp, SyncOp } from '../atproto/record-op.ts'
import { markIdentityChanged, setRepoStatus } from '../accounts/account-store.ts'
import type { Tx } from '../db/database.ts'
import { hideEventsOf, removeEventsOf } from '../events/hide-events.ts'
import { resumeRepo } from '../records/outbox-store.ts'
import { tombstoneRepo } from '../records/tombstone-repo.ts'
import { listAnsweredEvents, removeRsvpsOf } from '../rsvps/ingest-rsvp.ts'
import { storeGaps, toRepoReason } from './gap-store.ts'

export type RepoOp = IdentityOp | AccountOp | SyncOp

/** Identities read later than this after a change cannot be older than it, whatever the clocks. */
const clockTolerance = 10 * 60_000

/** What messages about whole repos change here. Those about people we do not know change nothing. Returns topics. */
export async function applyRepoOps(tx: Tx, source: string, ops: readonly RepoOp[]): Promise<string[]> {
  if (ops.length === 0) return []
  const known = await findRepos(
    tx,
    ops.map(({ did }) => did),
  )
  const topics: string[] = []
  for (const op of ops) {
    const repo = known.get(op.did)
    if (!repo) continue
    if (op.kind === 'account') topics.push(...(await applyStatus(tx, repo, op)))
    else if (op.kind === 'identity') await applyIdentity(tx, repo, op)
    else await storeGaps(tx, [{ source, reason: toRepoReason(op.reason), did: op.did, detail: op.rev }])
  }
  return topics
}

type Repo = { id: number; did: string; statusAt: Date | null; resolvedAt: Date | null }

async function findRepos(tx: Tx, dids: string[]): Promise<Map<string, Repo>> {
  const { rows } = await sql<Repo>`
    select a.id, a.did, a.repo_status_at as "statusAt", i.resolved_at as "resolvedAt"
    from accounts a left join identities i on i.did = a.did where a.did = any(${dids})`.execute(tx)
  return new Map(rows.map((repo) => [repo.did, repo]))
}

async function applyIdentity(tx: Tx, { resolvedAt }: Repo, { did, time }: IdentityOp): Promise<void> {
  if (resolvedAt && resolvedAt.getTime() > time.getTime() + clockTolerance) return
  await markIdentityChanged(tx, [did])
}

async function applyStatus(tx: Tx, repo: Repo, { did, status, time }: AccountOp): Promise<string[]> {
  if (repo.statusAt && repo.statusAt >= time) return []
  if (!(await setRepoStatus(tx, did, status, time))) return []
  repo.statusAt = time
  if (status === 'active') await resumeRepo(tx, did)
  return [`account:${repo.id}`, 'explore', ...(await showStatus(tx, repo, status))]
}

/** An account that is away is hidden with all it has; only one that is deleted loses it. */
async function showStatus(tx: Tx, { id, did }: Repo, status: AccountStatus): Promise<string[]> {
  const answered = await listAnsweredEvents(tx, id)
  if (status === 'deleted') {
    await removeEventsOf(tx, id, did)
    await tombstoneRepo(tx, did)
    await removeRsvpsOf(tx, did)
  }
  const changed = await hideEventsOf(tx, id, status === 'active' ? null : `account-${status}`)
  return [...answered, ...changed].map((eventId) => `event:${eventId}`)
}
