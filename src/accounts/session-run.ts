import { sql } from 'kysely'
import type { OAuth } from '../atproto/oauth.ts'
import { type RenewOutcome, tryRefreshSession } from '../atproto/session-manager.ts'
import type { Db } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import type { Queue } from '../queue/queue.ts'
import { audit } from './audit.ts'

/** How far an order to renew all sessions has come. */
export type SessionRun = {
  id: number
  startedBy: number | null
  startedAt: Date
  finishedAt: Date | null
  total: number
  renewed: number
  reconnect: number
  unavailable: number
  waiting: number
}

export async function findLastSessionRun(db: Db): Promise<SessionRun | undefined> {
  const { rows } = await sql<SessionRun>`
    select r.id, r.started_by as "startedBy", r.started_at as "startedAt", r.finished_at as "finishedAt",
      count(i.did)::int4 as total,
      count(i.did) filter (where i.outcome = 'renewed')::int4 as renewed,
      count(i.did) filter (where i.outcome = 'reconnect')::int4 as reconnect,
      count(i.did) filter (where i.outcome = 'unavailable')::int4 as unavailable,
      count(i.did) filter (where i.outcome is null)::int4 as waiting
    from session_runs r left join session_run_items i on i.run_id = r.id
    where r.id = (select max(id) from session_runs)
    group by r.id`.execute(db)
  return rows[0]
}

/** Orders all sessions that are not over to be renewed. While an order is carried out, a second one is the same. */
export async function startSessionRun(db: Db, queue: Queue, accountId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const made = await tx
      .insertInto('session_runs')
      .values({ started_by: accountId })
      .onConflict((oc) => oc.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!made) return
    const { numAffectedRows = 0n } = await sql`
      insert into session_run_items (run_id, did)
      select ${made.id}, did from oauth_sessions where state = 'active'`.execute(tx)
    await audit(tx, {
      accountId,
      action: 'refresh-sessions',
      subject: String(made.id),
      detail: { sessions: Number(numAffectedRows) },
    })
    await queue.enqueue(tx, 'session-run', { runId: made.id }, { key: String(made.id) })
  })
}

export type SessionRunContext = { db: Db; oauth: OAuth; queue: Queue }

const atOnce = 4
const perRound = 40

/** Goes on where it was left: each session's outcome is stored as soon as it is known. */
export async function workSessionRun(
  { db, oauth }: Omit<SessionRunContext, 'queue'>,
  runId: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const dids = await findWaiting(db, runId)
    if (dids.length === 0) return finishRun(db, runId)
    const waiting = dids.values()
    const workers = Array.from({ length: atOnce }, async () => {
      for (const did of waiting) if (!signal.aborted) await renewItem(db, runId, did, oauth)
    })
    await Promise.all(workers)
    await tellStarter(db, runId)
  }
}

/** Puts an order back into the queue that no job is left for. */
export async function resumeSessionRun({ db, queue }: SessionRunContext): Promise<void> {
  const open = await db.selectFrom('session_runs').select('id').where('finished_at', 'is', null).executeTakeFirst()
  if (open) await queue.enqueue(db, 'session-run', { runId: open.id }, { key: String(open.id) })
}

async function findWaiting(db: Db, runId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('session_run_items')
    .select('did')
    .where('run_id', '=', runId)
    .where('outcome', 'is', null)
    .orderBy('did')
    .limit(perRound)
    .execute()
  return rows.map(({ did }) => did)
}

async function renewItem(db: Db, runId: number, did: string, oauth: OAuth): Promise<void> {
  const done: { outcome: RenewOutcome; error: string | null } = await tryRefreshSession(oauth, db, did)
  await db.updateTable('session_run_items').set(done).where('run_id', '=', runId).where('did', '=', did).execute()
}

async function finishRun(db: Db, runId: number): Promise<void> {
  await db.updateTable('session_runs').set({ finished_at: new Date() }).where('id', '=', runId).execute()
  await tellStarter(db, runId)
}

/** Their page follows. */
async function tellStarter(db: Db, runId: number): Promise<void> {
  const run = await db.selectFrom('session_runs').select('started_by').where('id', '=', runId).executeTakeFirst()
  if (run?.started_by) await notify(db, 'live', `account:${run.started_by}`)
}
