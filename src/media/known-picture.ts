import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** Is this CID the picture of an event, or the face or banner, of the account with this DID? Keeps the proxy from fetching just anything for anybody. */
export async function isPictureOf(db: Db, did: string, cid: string): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (
      select 1 from accounts a
      where a.did = ${did} and (
        ${cid} in (a.avatar_cid, a.banner_cid)
        or exists (select 1 from events e where e.owner_id = a.id and e.picture ->> 'cid' = ${cid}))
    ) as known`.execute(db)
  return rows[0]?.known ?? false
}
