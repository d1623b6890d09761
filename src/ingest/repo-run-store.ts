import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/database.ts'
import { closeGap } from './gap-store.ts'

/** A pass over many repos. It is in the database: whoever is killed in the middle of it, another goes on. */
export type RepoRun = {
  id: number
  kind: 'backfill' | 'reconcile' | 'heal'
  gapId: number | null
  isDryRun: boolean
  state: 'listing' | 'reading' | 'done'
  error: string | null
  startedAt: Date
  finishedAt: Date | null
}

export type NewRun = {
  kind: RepoRun['kind']
  gapId?: number
  isDryRun?: boolean
  /** Its repos, where they are known already: see nameRepos for the others. */
  dids?: readonly string[] | undefined
}

export async function startRun(db: Db, { kind, gapId, isDryRun = false, dids }: NewRun): Promise<RepoRun> {
  const id = await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: number }>`
      insert into repo_runs (kind, gap_id, dry_run) values (${kind}, ${gapId ?? null}, ${isDryRun})
      returning id`.execute(tx)
    const id = rows[0]?.id ?? 0
    if (dids) {
      await addRepos(tx, id, dids)
      await beginReading(tx, id)
    }
    return id
  })
  return getRun(db, id)
}

const runColumns = sql`
  id, kind, gap_id as "gapId", dry_run as "isDryRun", state, error, started_at as "startedAt",
  finished_at as "finishedAt"`

async function getRun(db: Db, id: number): Promise<RepoRun> {
  const { rows } = await sql<RepoRun>`select ${runColumns} from repo_runs where id = ${id}`.execute(db)
  if (!rows[0]) throw new AppError('not-found', `There is no pass ${id}.`)
  return rows[0]
}

/** Passes that are not done, the oldest first. */
export async function listOpenRuns(db: Db): Promise<RepoRun[]> {
  const { rows } = await sql<RepoRun>`
    select ${runColumns} from repo_runs where state <> 'done' order by id`.execute(db)
  return rows
}

export async function listRuns(db: Db, limit: number): Promise<RepoRun[]> {
  const { rows } = await sql<RepoRun>`
    select ${runColumns} from repo_runs order by id desc limit ${limit}`.execute(db)
  return rows
}

/** More repos for a pass: those that are there already get the further collections. `null`: all of ours. */
export async function addRepos(
  db: Db,
  runId: number,
  dids: readonly string[],
  collection: string | null = null,
): Promise<void> {
  if (dids.length === 0) return
  await sql`
    insert into repo_reads as r (run_id, did, collections)
    select distinct ${runId}::int8, did, ${collection === null ? null : [collection]}::text[]
    from unnest(${[...dids]}::text[]) as did
    on conflict (run_id, did) do update set collections =
      array(select distinct unnest(r.collections || excluded.collections) order by 1)
    where r.collections is not null and r.state = 'waiting'
      and not r.collections @> coalesce(excluded.collections, '{}')`.execute(db)
}

/** All its repos are named. `error`: why some may be missing. */
export async function beginReading(db: Db, runId: number, error?: string): Promise<void> {
  await sql`update repo_runs set state = 'reading', error = ${error ?? null} where id = ${runId}`.execute(db)
}

export type LeasedRead = {
  runId: number
  did: string
  collections: string[] | null
  attempts: number
  lease: string
}

const leaseSeconds = 15
/** How often the leases of what is under way are renewed. */
export const renewReadsEveryMs = 4_000

/** Takes repos that are due. Several workers may take at once; those of one that died come free by themselves. */
export async function leaseReads(db: Db, runId: number, limit: number): Promise<LeasedRead[]> {
  const { rows } = await sql<LeasedRead>`
    with due as (
      select did from repo_reads
      where run_id = ${runId} and state = 'waiting' and due_at <= now() and (leased_until is null or leased_until < now())
      order by due_at limit ${limit} for update skip locked
    )
    update repo_reads r set lease = ${randomUUID()}::uuid, attempts = attempts + 1,
      leased_until = now() + make_interval(secs => ${leaseSeconds}::float8)
    from due where r.run_id = ${runId} and r.did = due.did
    returning r.run_id as "runId", r.did, r.collections, r.attempts, r.lease`.execute(db)
  return rows
}

export async function renewReads(db: Db, runId: number, leases: readonly string[]): Promise<void> {
  await sql`
    update repo_reads set leased_until = now() + make_interval(secs => ${leaseSeconds}::float8)
    where run_id = ${runId} and state = 'waiting' and lease = any(${[...leases]}::uuid[])`.execute(db)
}

type ReadCounts = { missingHere: number; stale: number; missingThere: number; applied: number }
/** `away`: its host says that it is not to be had now. */
export type ReadEnd = Partial<ReadCounts> & { state: 'read' | 'unchanged' | 'away' | 'failed'; error?: string }

export async function endRead(db: Db, { runId, did, lease }: LeasedRead, end: ReadEnd): Promise<void> {
  const { state, missingHere = 0, stale = 0, missingThere = 0, applied = 0, error } = end
  await sql`
    update repo_reads set state = ${state}, missing_here = ${missingHere}, stale = ${stale},
      missing_there = ${missingThere}, applied = applied + ${applied}, error = ${error ?? null}, lease = null,
      leased_until = null
    where run_id = ${runId} and did = ${did} and lease = ${lease}::uuid`.execute(db)
}

/** Not now: `isAttempt` false where it was not even tried. */
export async function putReadOff(
  db: Db,
  { runId, did, lease }: LeasedRead,
  { dueAt, error, isAttempt }: { dueAt: Date; error: string; isAttempt: boolean },
): Promise<void> {
  await sql`
    update repo_reads set due_at = ${dueAt}, error = ${error}, lease = null, leased_until = null,
      attempts = attempts - ${isAttempt ? 0 : 1}
    where run_id = ${runId} and did = ${did} and lease = ${lease}::uuid`.execute(db)
}

export type RunProgress = ReadCounts & { repos: number; done: number; unchanged: number; away: number; failed: number }

export async function readProgress(db: Db, runId: number): Promise<RunProgress> {
  const { rows } = await sql<RunProgress>`
    select count(*)::int4 as repos, count(*) filter (where state <> 'waiting')::int4 as done,
      count(*) filter (where state = 'unchanged')::int4 as unchanged,
      count(*) filter (where state = 'away')::int4 as away, count(*) filter (where state = 'failed')::int4 as failed,
      coalesce(sum(missing_here), 0)::int4 as "missingHere", coalesce(sum(stale), 0)::int4 as stale,
      coalesce(sum(missing_there), 0)::int4 as "missingThere", coalesce(sum(applied), 0)::int4 as applied
    from repo_reads where run_id = ${runId}`.execute(db)
  return rows[0] as RunProgress
}

/** When the next of its repos is due, or comes free; undefined where none waits. */
export async function findNextRead(db: Db, runId: number): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(greatest(due_at, coalesce(leased_until, due_at))) as at
    from repo_reads where run_id = ${runId} and state = 'waiting'`.execute(db)
  return rows[0]?.at ?? undefined
}

/** Closes a pass none of whose repos waits any more, and the gap it was to heal. Does nothing the second time. */
export async function finishRun(db: Db, runId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ gapId: number | null; error: string | null }>`
      update repo_runs set state = 'done', finished_at = now()
      where id = ${runId} and state = 'reading'
        and not exists (select from repo_reads where run_id = ${runId} and state = 'waiting')
      returning gap_id as "gapId", error`.execute(tx)
    const run = rows[0]
    if (!run || run.gapId === null) return
    const { failed, applied } = await readProgress(tx, runId)
    await closeGap(tx, run.gapId, { isHealed: failed === 0 && run.error === null, repaired: applied })
  })
}

/** Repos that the last pass over this gap could not read; undefined where it had none, or did not know all. */
export async function listFailedReads(db: Db, gapId: number): Promise<string[] | undefined> {
  const { rows } = await sql<{ id: number; error: string | null }>`
    select id, error from repo_runs where gap_id = ${gapId} and state = 'done' order by id desc limit 1`.execute(db)
  const last = rows[0]
  if (!last || last.error !== null) return undefined
  const failed = await sql<{ did: string }>`
    select did from repo_reads where run_id = ${last.id} and state = 'failed' order by did`.execute(db)
  return failed.rows.map(({ did }) => did)
}

/** Passes that ended long ago go; the latest stay to be looked at. */
export async function pruneRuns(db: Db): Promise<void> {
  await sql`delete from repo_runs where state = 'done' and finished_at < now() - interval '30 days'`.execute(db)
  await sql`delete from gaps where state = 'healed' and closed_at < now() - interval '90 days'`.execute(db)
}

/** The rev at which all of a repo's calendar was read here. */
export async function findReadRev(db: Db, did: string): Promise<string | undefined> {
  const row = await db.selectFrom('repos').select('rev').where('did', '=', did).executeTakeFirst()
  return row?.rev
}

export async function storeReadRev(db: Db, did: string, rev: string): Promise<void> {
  await sql`
    insert into repos as r (did, rev) values (${did}, ${rev})
    on conflict (did) do update set rev = greatest(r.rev, excluded.rev), read_at = now()`.execute(db)
}
