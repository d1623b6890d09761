import { sql } from 'kysely'
import type { SourceNotice } from '../atproto/record-op.ts'
import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { toSqlText } from '../db/sql-json.ts'

/** Something may be missing here: of one repo, or (`did` null) of any. */
export type Gap = {
  id: number
  source: string
  reason: string
  did: string | null
  detail: string
  fromCursor: number | null
  toCursor: number | null
  state: 'open' | 'healing' | 'healed' | 'failed'
  times: number
  attempts: number
  repaired: number
  foundAt: Date
  dueAt: Date
  closedAt: Date | null
}

export type FoundGap = {
  source: string
  /** One of `gapReasons`: it labels a metric. */
  reason: string
  did?: string
  detail?: string
  from?: number
  to?: number
  /** Not to be healed before: what makes it may still go on. */
  dueAt?: Date
}

/** What a source says of itself that means that ops may have been lost, and why. */
const gapNotices: ReadonlySet<string> = new Set([
  'cursor-clamped',
  'cursor-too-old',
  'cursor-outdated',
  'cursor-in-future',
  'consumer-too-slow',
  'sequence-jump',
  'source-silent',
  'source-changed',
  'host-changed',
])

/** For what concerns one repo. Others become `repo-resynced`. */
const repoReasons: ReadonlySet<string> = new Set([
  'repo-resynced',
  'repo-diverged',
  'commit-refused',
  'record-left-out',
  'author-flood',
])

export function toRepoReason(reason: string | undefined): string {
  return reason !== undefined && repoReasons.has(reason) ? reason : 'repo-resynced'
}

/** A host that is left may be left again in a moment. */
const settleMs = 60_000

/** The gaps that what a source says of itself stands for. */
export function gapsOfNotices(source: string, notices: readonly SourceNotice[], now = Date.now()): FoundGap[] {
  return notices.flatMap(({ reason, detail, from, to, did, dueAt }) => {
    if (did === undefined && !gapNotices.has(reason)) return []
    const gap = { source, detail, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
    if (did !== undefined) return [{ ...gap, reason: toRepoReason(reason), did, ...(dueAt && { dueAt }) }]
    const mayGoOn = reason === 'host-changed' || reason === 'source-silent'
    return [{ ...gap, reason, ...(mayGoOn && { dueAt: new Date(now + settleMs) }) }]
  })
}

export const gapsChannel = 'gaps'

/** Writes gaps down, in the transaction that stored what showed them. One that is open already is found once more. */
export async function storeGaps(tx: Tx, found: readonly FoundGap[]): Promise<void> {
  for (const { source, reason, did, detail = '', from, to, dueAt } of found) {
    await sql`
      insert into gaps as g (source, reason, did, detail, from_cursor, to_cursor, due_at)
      values (${source}, ${reason}, ${did ?? null}, ${toSqlText(detail).slice(0, 2000)}, ${from ?? null}, ${to ?? null},
        ${dueAt ?? new Date()})
      on conflict (reason, coalesce(did, '')) where state = 'open' do update set
        detail = excluded.detail, to_cursor = excluded.to_cursor, times = g.times + 1,
        due_at = greatest(g.due_at, excluded.due_at)`.execute(tx)
  }
  if (found.length === 0) return
  await notify(tx, gapsChannel)
  await notify(tx, 'live', 'ingest')
}

const maxAttempts = 24
const againAfter = '1 hour'

/** Takes the gap that has been due for longest; undefined where none is. To be called by one healer at a time. */
export async function takeDueGap(db: Db): Promise<Gap | undefined> {
  const { rows } = await sql<{ id: number }>`
    update gaps set state = 'healing', attempts = attempts + 1
    where id = (
      select id from gaps
      where state in ('open', 'failed') and due_at <= now() and attempts < ${maxAttempts}
      order by due_at, id limit 1)
    returning id`.execute(db)
  return rows[0] && findGap(db, rows[0].id)
}

/** Its repos were all read, or some could not be: those are tried again after a while. */
export async function closeGap(tx: Tx, id: number, end: { isHealed: boolean; repaired: number }): Promise<void> {
  await sql`
    update gaps set
      state = ${end.isHealed ? 'healed' : 'failed'}, repaired = repaired + ${end.repaired}, closed_at = now(),
      due_at = now() + ${againAfter}::interval
    where id = ${id}`.execute(tx)
  await notify(tx, 'live', 'ingest')
}

export async function findGap(db: Db, id: number): Promise<Gap | undefined> {
  const row = await db.selectFrom('gaps').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toGap(row)
}

/** Those that are not healed, then the latest that are. */
export async function listGaps(db: Db, limit: number): Promise<Gap[]> {
  const rows = await db
    .selectFrom('gaps')
    .selectAll()
    .orderBy(sql`state = 'healed'`)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toGap)
}

/** Tries a gap that could not be healed again now. */
export async function reopenGap(db: Db, id: number): Promise<boolean> {
  const { rows } = await sql`
    update gaps set due_at = now(), attempts = 0 where id = ${id} and state = 'failed' returning id`.execute(db)
  if (rows.length > 0) await notify(db, gapsChannel)
  return rows.length > 0
}

/** How many there are of each state. */
export async function countGaps(db: Db): Promise<Record<Gap['state'], number>> {
  const { rows } = await sql<{ state: Gap['state']; count: number }>`
    select state, count(*)::int4 as count from gaps group by state`.execute(db)
  const none = { open: 0, healing: 0, healed: 0, failed: 0 }
  return { ...none, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) }
}

/** Gaps that somebody was to heal who died before the pass was ordered. */
export async function freeGaps(db: Db): Promise<void> {
  await sql`
    update gaps set state = 'failed', due_at = now()
    where state = 'healing' and not exists (select from repo_runs r where r.gap_id = gaps.id and r.state <> 'done')`.execute(
    db,
  )
}

type GapRow = {
  id: number
  source: string
  reason: string
  did: string | null
  detail: string
  from_cursor: number | null
  to_cursor: number | null
  state: string
  times: number
  attempts: number
  repaired: number
  found_at: Date
  due_at: Date
  closed_at: Date | null
}

function toGap(row: GapRow): Gap {
  const { from_cursor: fromCursor, to_cursor: toCursor, found_at: foundAt, due_at: dueAt, closed_at: closedAt } = row
  const { id, source, reason, did, detail, times, attempts, repaired } = row
  const state = row.state as Gap['state']
  return {
    id,
    source,
    reason,
    did,
    detail,
    fromCursor,
    toCursor,
    state,
    times,
    attempts,
    repaired,
    foundAt,
    dueAt,
    closedAt,
  }
}
