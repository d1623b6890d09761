import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** What the ledger says of a record, as far as a comparison needs it. */
export type LedgerEntry = {
  uri: string
  cid: string | null
  rev: string | null
  isDeleted: boolean
  /** It waits to be written, or is being written. */
  isWaiting: boolean
}

const entry = sql`
  r.uri, r.cid, r.rev, r.deleted as "isDeleted",
  (r.writing_cid is not null or exists (select from outbox o where o.uri = r.uri)) as "isWaiting"`

export async function readEntries(db: Db, uris: readonly string[]): Promise<Map<string, LedgerEntry>> {
  if (uris.length === 0) return new Map()
  const { rows } = await sql<LedgerEntry>`
    select ${entry} from records r where r.uri = any(${[...uris]}::text[])`.execute(db)
  return new Map(rows.map((row) => [row.uri, row]))
}

const pageSize = 1_000

/** The records of a repo's collection that are there as far as we know, a page at a time. */
export async function* readLiveEntries(db: Db, did: string, collection: string): AsyncGenerator<LedgerEntry[]> {
  for (let after = ''; ;) {
    const { rows } = await sql<LedgerEntry>`
      select ${entry} from records r
      where r.did = ${did} and r.collection = ${collection} and r.uri > ${after} and not r.deleted and r.cid is not null
      order by r.uri limit ${pageSize}`.execute(db)
    if (rows.length > 0) yield rows
    if (rows.length < pageSize) return
    after = rows.at(-1)?.uri ?? ''
  }
}

/** The repos that something is known of here: those of records, and of people who are signed in. */
export async function* listKnownRepos(db: Db): AsyncGenerator<string[]> {
  for (let after = ''; ;) {
    // A loose index scan: one step per repo, however many records it has.
    const { rows } = await sql<{ did: string }>`
      with recursive known as (
        (select did, 1 as n from records where did > ${after} order by did limit 1)
        union all
        select next.did, n + 1 from known,
          lateral (select did from records where did > known.did order by did limit 1) next
        where n < ${pageSize}
      )
      select did from known`.execute(db)
    if (rows.length > 0) yield rows.map(({ did }) => did)
    if (rows.length < pageSize) break
    after = rows.at(-1)?.did ?? ''
  }
  const { rows } = await sql<{ did: string }>`
    select did from accounts where did is not null and claimed_at is not null`.execute(db)
  yield rows.map(({ did }) => did)
}
