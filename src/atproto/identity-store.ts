import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { DidDocument } from './did-document.ts'

/** What is known of a DID. `handle` is stored only when it was checked both ways. */
export type Identity = {
  did: string
  handle: string | null
  /** Origin of the person's PDS; null where the document names none. */
  pdsUrl: string | null
  /** did:key of the repo's signing key. */
  signingKey: string | null
  didDoc: DidDocument
  resolvedAt: Date
}

export type StoredIdentity = Identity & {
  staleAt: Date
  /** Something said that it changed: it must be read again before it is used. */
  isForgotten: boolean
}

const forgotten = new Date(0)

export async function findIdentity(db: Db, did: string): Promise<StoredIdentity | undefined> {
  const row = await db.selectFrom('identities').selectAll().where('did', '=', did).executeTakeFirst()
  return (
    row && {
      did,
      handle: row.handle,
      pdsUrl: row.pds_url,
      signingKey: row.signing_key,
      didDoc: row.did_doc as DidDocument,
      resolvedAt: row.resolved_at,
      staleAt: row.stale_at,
      isForgotten: row.stale_at.getTime() === forgotten.getTime(),
    }
  )
}

export async function storeIdentity(db: Db, identity: Identity, staleAt: Date): Promise<void> {
  const values = {
    handle: identity.handle,
    pds_url: identity.pdsUrl,
    signing_key: identity.signingKey,
    did_doc: JSON.stringify(identity.didDoc),
    resolved_at: identity.resolvedAt,
    stale_at: staleAt,
  }
  await db
    .insertInto('identities')
    .values({ did: identity.did, ...values })
    // The slower of two answers may be the older one.
    .onConflict((oc) => oc.column('did').doUpdateSet(values).where('identities.resolved_at', '<=', identity.resolvedAt))
    .execute()
}

/** After an `#identity` message: what is stored must be read again before it is used. In the transaction that took the message. */
export async function forgetIdentities(db: Db, dids: readonly string[]): Promise<void> {
  if (dids.length === 0) return
  // resolved_at moves too: a reading that began before this does not count.
  await db
    .updateTable('identities')
    .set({ stale_at: forgotten, resolved_at: new Date() })
    .where(sql<boolean>`did = any(${dids})`)
    .execute()
}
