import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { toAtUri } from '../src/atproto/at-uri.ts'
import type { Op, RecordOp, Source, SourceBatch } from '../src/atproto/record-op.ts'
import type { Db } from '../src/db/database.ts'
import { eventOp, newDid } from './calendar-ops.ts'

/** A source of ops that are all there already: the cursor is how many were read. */
export class OpStream implements Source {
  readonly name = 'stream'
  /** The cursors it was opened with. */
  readonly openedAt: (number | undefined)[] = []
  /** How many ops were handed over, by all readings together. */
  handed = 0
  readonly #ops: readonly Op[]
  readonly #pauseMs: number

  constructor(ops: readonly Op[], { pauseMs = 0 } = {}) {
    this.#ops = ops
    this.#pauseMs = pauseMs
  }

  async *batches(cursor: number | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    this.openedAt.push(cursor)
    for (let from = cursor ?? 0; from < this.#ops.length && !signal.aborted; from += batchSize) {
      const ops = this.#ops.slice(from, from + batchSize)
      const messages = ops.map((op, i) => ({ cursor: from + i + 1, op }))
      this.handed += ops.length
      yield { messages, cursor: from + ops.length, host: 'stream.test', notices: [] }
      if (this.#pauseMs > 0) await wait(this.#pauseMs)
    }
    // As a real one it never ends by itself.
    while (!signal.aborted) await wait(3_600_000, undefined, { signal }).catch(() => {})
  }
}

const batchSize = 100

/** Versions of five events in each of `repos` repos, `each` ops a repo, mixed as a stream mixes them. */
export function mixedOps(repos: number, each: number): RecordOp[] {
  const dids = Array.from({ length: repos }, () => newDid())
  return Array.from({ length: repos * each }, (_, i) => {
    const n = Math.floor(i / repos) + 1
    const did = dids[(i * 7) % repos] ?? ''
    return eventOp({ did, rkey: `event${n % 5}`, n }, { name: `Version ${n}` })
  })
}

/** What became of ops: counted in the database, whoever took them in. */
export type Findings = { lost: number; doubled: number; reordered: number; effects: number }

/** From now on every new version of a record is written down with its transaction. */
export async function watchRecords(db: Db): Promise<void> {
  await sql`create table seen (n serial, tx xid8 default pg_current_xact_id(), did text, uri text, rev text collate "C")`.execute(
    db,
  )
  await sql`
    create function see() returns trigger language plpgsql as $$ begin
      insert into seen (did, uri, rev) values (new.did, new.uri, new.rev); return new; end $$`.execute(db)
  await sql`
    create trigger see_insert after insert on records for each row execute function see()`.execute(db)
  await sql`
    create trigger see_update after update on records for each row when (old.rev is distinct from new.rev)
    execute function see()`.execute(db)
}

export async function findWrongs(db: Db, ops: readonly RecordOp[]): Promise<Findings> {
  const newest = new Map(ops.map((op) => [toAtUri(op), op.rev]))
  const ledger = await db.selectFrom('records').select(['uri', 'rev']).execute()
  const known = new Map(ledger.map(({ uri, rev }) => [uri, rev]))
  const lost = [...newest].filter(([uri, rev]) => known.get(uri) !== rev).length
  const { rows: seen } = await sql<{ tx: string; did: string; uri: string; rev: string }>`
    select tx::text, did, uri, rev from seen order by n`.execute(db)
  const doubled = seen.length - new Set(seen.map(({ uri, rev }) => `${uri} ${rev}`)).size
  return { lost, doubled, reordered: countReordered(seen), effects: seen.length }
}

/** Versions taken in after a later version of the same repo, in another transaction. */
function countReordered(seen: readonly { tx: string; did: string; rev: string }[]): number {
  const repos = new Map<string, { tx: string; before: string; highest: string }>()
  let count = 0
  for (const { tx, did, rev } of seen) {
    const last = repos.get(did) ?? { tx: '', before: '', highest: '' }
    const before = last.tx === tx ? last.before : last.highest
    if (rev < before) count++
    repos.set(did, { tx, before, highest: rev > last.highest ? rev : last.highest })
  }
  return count
}

/** Until the newest version of every record is there. */
export async function untilAllIn(db: Db, ops: readonly RecordOp[], timeoutMs: number): Promise<void> {
  const newest = [...new Map(ops.map((op) => [toAtUri(op), op.rev]))]
  const [uris, revs] = [newest.map(([uri]) => uri), newest.map(([, rev]) => rev)]
  for (const end = Date.now() + timeoutMs; Date.now() < end; await wait(50)) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int4 as n from unnest(${uris}::text[], ${revs}::text[]) as w (uri, rev)
      join records r on r.uri = w.uri and r.rev = w.rev`.execute(db)
    if (rows[0]?.n === newest.length) return
  }
}
