import { sql } from 'kysely'
import { parseAtUri } from '../atproto/at-uri.ts'
import type { Db, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { liftPause } from './repo-pause.ts'

type WriteAction = 'put' | 'delete'
export type WriteOrder = { uri: string; did: string; action: WriteAction }

/** Told when something was put into the outbox, or may go out again. */
export const outboxChannel = 'outbox'

/**
 * Orders a record to be written to its repo, in the transaction of the edit: both are committed, or neither. A write that
 * waits already takes the order over and keeps its place (ten quick edits are one write); its delays are forgotten.
 * Lock order: the event's row, then its record, then the outbox.
 */
export async function enqueueWrite(tx: Tx, { uri, did, action }: WriteOrder): Promise<void> {
  const { collection, rkey } = parseAtUri(uri) ?? notOurs(uri)
  // The base of a later merge is what the network had when the person began to edit.
  await sql`
    insert into records as r (uri, did, collection, rkey, origin, sync_status)
    values (${uri}, ${did}, ${collection}, ${rkey}, 'here', 'NEEDS_SYNC')
    on conflict (uri) do update set
      sync_status = 'NEEDS_SYNC', sync_error = null, base = coalesce(r.base, r.value), updated_at = now()`.execute(tx)
  await sql`
    insert into outbox as o (uri, did, action) values (${uri}, ${did}, ${action})
    on conflict (uri) do update set
      action = excluded.action, version = o.version + 1, due_at = now(), attempts = 0, last_error = null`.execute(tx)
  await notify(tx, outboxChannel)
}

function notOurs(uri: string): never {
  throw new Error(`${uri} is no address of a record`)
}

/** Whatever waits for this repo may go out now: its person has connected again, or its host is back. */
export async function resumeRepo(tx: Tx, did: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('outbox')
    // Without their leases: who is at one of them with the old session must not park it again.
    .set({ due_at: new Date(), attempts: 0, lease: null, leased_until: null })
    .where('did', '=', did)
    .executeTakeFirst()
  await liftPause(tx, did)
  if (numUpdatedRows === 0n) return
  await sql`
    update records set sync_status = 'NEEDS_SYNC', sync_error = null
    where sync_status = 'NEEDS_RECONNECT' and did = ${did}`.execute(tx)
  await notify(tx, outboxChannel)
}

/** Writes that wait for something else (an answer for its event) may go out now. */
export async function resumeWrites(tx: Tx, uris: readonly string[]): Promise<void> {
  if (uris.length === 0) return
  await sql`update outbox set due_at = now() where uri = any(${uris}) and due_at > now()`.execute(tx)
  await notify(tx, outboxChannel)
}

export type LeasedWrite = WriteOrder & {
  version: number
  attempts: number
  lease: string
  enqueuedAt: Date
}

/** A worker renews its leases while it works; one that dies is relieved after so long. */
const leaseSeconds = 15
/** How often leases are renewed. */
export const renewEveryMs = 4_000

/**
 * Takes up to `limit` writes that are due, of each repo one: its first in line, and within a repo no two at once. A write
 * that failed by itself waits alone; what its server said of the whole repo holds all of it back (see pauseRepo). Order
 * counts within a record only, and of that there is one write at a time. Several workers may take at once.
 */
export async function leaseWrites(db: Db, limit: number): Promise<LeasedWrite[]> {
  const { rows } = await sql<LeasedWrite>`
    with head as (
      select distinct on (did) uri, due_at from outbox o
      where due_at <= now()
        and not exists (select from outbox busy where busy.did = o.did and busy.leased_until >= now())
        and not exists (select from outbox_pauses p where p.did = o.did and p.until > now())
      order by did, seq
    ), due as (select uri from head order by due_at limit ${limit})
    update outbox o
    set lease = gen_random_uuid(), leased_until = now() + make_interval(secs => ${leaseSeconds}::float8)
    from due where o.uri = due.uri and o.due_at <= now() and (o.leased_until is null or o.leased_until < now())
    returning o.uri, o.did, o.action, o.version, o.attempts, o.lease, o.enqueued_at as "enqueuedAt"`.execute(db)
  return rows
}

/** Of writes that are still being carried out. */
export async function renewLeases(db: Db, leases: readonly string[]): Promise<void> {
  if (leases.length === 0) return
  await sql`
    update outbox set leased_until = now() + make_interval(secs => ${leaseSeconds}::float8)
    where lease = any(${[...leases]}::uuid[])`.execute(db)
}

/** When the next write is due: undefined where nothing waits, or all that waits needs a person first. */
export async function findNextDue(db: Db): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(greatest(o.due_at, busy.until, p.until)) as at from outbox o
    left join (select did, max(leased_until) as until from outbox where leased_until > now() group by did) busy using (did)
    left join outbox_pauses p using (did)
    where o.due_at < 'infinity'`.execute(db)
  return rows[0]?.at ?? undefined
}

/** The write is done. False where the order has changed meanwhile: then it stays, and its turn comes again. */
export async function finishWrite(tx: Tx, { uri, version, lease }: LeasedWrite): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('outbox')
    .where('uri', '=', uri)
    .where('version', '=', version)
    .executeTakeFirst()
  if (numDeletedRows > 0n) return true
  await sql`update outbox set lease = null, leased_until = null where uri = ${uri} and lease = ${lease}::uuid`.execute(
    tx,
  )
  return false
}

export type Delay = {
  /** `null`: until something else happens (see resumeRepo, resumeWrites). */
  dueAt: Date | null
  error: string
  /** false: it was not even tried. */
  isAttempt: boolean
}

/** Puts a write off. An order that came in meanwhile goes by its own time. */
export async function delayWrite(db: Db, { uri, version, lease }: LeasedWrite, delay: Delay): Promise<void> {
  const dueAt = delay.dueAt?.toISOString() ?? 'infinity'
  await sql`
    update outbox set lease = null, leased_until = null, last_error = ${delay.error},
      due_at = case when version = ${version} then ${dueAt}::timestamptz else due_at end,
      attempts = attempts + ${delay.isAttempt ? 1 : 0}
    where uri = ${uri} and lease = ${lease}::uuid`.execute(db)
}

/**
 * Until the person connects again nothing of their repo can be written: all of it waits, and says so. Answers false, and
 * does nothing, where they have connected since this write was leased.
 */
export async function parkRepo(tx: Tx, { uri, did, lease }: LeasedWrite, error: string): Promise<boolean> {
  const { rows } = await sql`
    select uri from outbox where uri = ${uri} and lease = ${lease}::uuid for update`.execute(tx)
  if (rows.length === 0) return false
  await sql`
    update outbox set due_at = 'infinity', last_error = ${error}, lease = null, leased_until = null
    where did = ${did}`.execute(tx)
  return true
}

export type OutboxState = { depth: number; oldestSeconds: number }

/** For the metrics: how much waits, and for how long. */
export async function readOutboxState(db: Db): Promise<OutboxState> {
  const { rows } = await sql<OutboxState>`
    select count(*)::int4 as depth, coalesce(extract(epoch from now() - min(enqueued_at)), 0)::float8 as "oldestSeconds"
    from outbox`.execute(db)
  return rows[0] ?? { depth: 0, oldestSeconds: 0 }
}
