import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { toAtUri } from '../atproto/at-uri.ts'
import type { BadOp, RecordOp } from '../atproto/record-op.ts'
import { AppError } from '../base/errors.ts'
import type { Db, Tx } from '../db/database.ts'
import { toSqlJson, toSqlText } from '../db/sql-json.ts'

/** An op that was put aside, with all that is needed to try it again. */
export type DeadLetter = {
  id: number
  uri: string
  did: string
  rev: string
  op: RecordOp | BadOp
  reason: string
  error: string
  attempts: number
  firstSeenAt: Date
  lastSeenAt: Date
}

/** Reason codes are a short fixed list: they label a metric. */
export type DeadOp = { op: RecordOp | BadOp; reason: string; error: string }

/** Puts an op aside; once more, where it lies there already. */
export async function putAside(tx: Tx, { op, reason, error }: DeadOp): Promise<{ reason: string; isNew: boolean }> {
  const { uri, did, rev } = addressOf(op)
  const { rows } = await sql<{ isNew: boolean }>`
    insert into dead_letters as d (uri, did, rev, op, reason, error)
    values (${uri}, ${did}, ${rev}, ${opText(op)}, ${reason}, ${toSqlText(error).slice(0, 2000)})
    on conflict (uri, rev) do update set
      op = excluded.op, reason = excluded.reason, error = excluded.error, attempts = d.attempts + 1, last_seen_at = now()
    returning xmax = 0 as "isNew"`.execute(tx)
  return { reason, isNew: rows[0]?.isNew ?? false }
}

/** What lies aside of a record is pointless once that version, or a later one, was taken in. */
export async function dropOutdated(tx: Tx, stored: readonly { uri: string; op: RecordOp }[]): Promise<void> {
  if (stored.length === 0) return
  await sql`
    delete from dead_letters d
    using json_to_recordset(${toSqlJson(stored.map(({ uri, op }) => ({ uri, rev: op.rev })))}::json) as s (uri text, rev text)
    where d.uri = s.uri collate "C" and d.rev <= s.rev collate "C"`.execute(tx)
}

export type DeadLetterFilter = { reason?: string; before?: number; limit: number }

/** Newest first; `before`: the id the last page ended with. */
export async function listDeadLetters(db: Db, { reason, before, limit }: DeadLetterFilter): Promise<DeadLetter[]> {
  const rows = await db
    .selectFrom('dead_letters')
    .selectAll()
    .$if(reason !== undefined, (qb) => qb.where('reason', '=', reason ?? ''))
    .$if(before !== undefined, (qb) => qb.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toDeadLetter)
}

export async function getDeadLetter(db: Db, id: number): Promise<DeadLetter> {
  const row = await db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('not-found', `There is no dead letter ${id}.`)
  return toDeadLetter(row)
}

export async function countDeadLetters(db: Db): Promise<{ reason: string; count: number }[]> {
  const { rows } = await sql<{ reason: string; count: number }>`
    select reason, count(*)::int4 as count from dead_letters group by reason order by count(*) desc, reason`.execute(db)
  return rows
}

/** Gives up on one, or on all of a reason. Answers how many there were. */
export async function discardDeadLetters(db: Db, which: { id: number } | { reason: string } | 'all'): Promise<number> {
  const query = db.deleteFrom('dead_letters')
  const narrowed =
    which === 'all'
      ? query
      : 'id' in which
        ? query.where('id', '=', which.id)
        : query.where('reason', '=', which.reason)
  const { numDeletedRows } = await narrowed.executeTakeFirst()
  return Number(numDeletedRows)
}

type DeadLetterRow = {
  id: number
  uri: string
  did: string
  rev: string
  op: unknown
  reason: string
  error: string
  attempts: number
  first_seen_at: Date
  last_seen_at: Date
}

function toDeadLetter({ first_seen_at: firstSeenAt, last_seen_at: lastSeenAt, op, ...row }: DeadLetterRow): DeadLetter {
  return { ...row, op: op as DeadLetter['op'], firstSeenAt, lastSeenAt }
}

function addressOf(op: RecordOp | BadOp): { uri: string; did: string; rev: string } {
  const text = (value: string) => toSqlText(value).slice(0, 512)
  if (op.kind === 'record') return { uri: text(toAtUri(op)), did: text(op.did), rev: text(op.rev) }
  const raw = typeof op.raw === 'object' && op.raw !== null ? op.raw : {}
  const did = 'did' in raw && typeof raw.did === 'string' ? raw.did : ''
  // No address of its own: the same message is the same letter, also when it is tried again and is live no more.
  const message = opText({ ...op, raw: 'live' in raw ? { ...raw, live: true } : op.raw })
  return {
    uri: `message:${createHash('sha256').update(message).digest('hex').slice(0, 32)}`,
    did: text(did),
    rev: '',
  }
}

/** What is nested too deep to be written is put aside without it. */
function opText(op: RecordOp | BadOp): string {
  try {
    return JSON.stringify(op)
  } catch {
    const { kind } = op
    return JSON.stringify(kind === 'bad' ? { ...op, raw: null } : { ...op, record: undefined })
  }
}
