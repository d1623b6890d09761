import { type Jwk, JoseKey } from '@atproto/oauth-client-node'
import { sql } from 'kysely'
import type { Sealer } from '../base/seal.ts'
import type { Db } from '../db/database.ts'

const context = (kid: string) => `oauth_client_keys:${kid}`

/**
 * The keys this site proves itself with to authorization servers, newest first; one is made when there is none.
 * Old keys are kept for ever: taking one away ends every session that was made with it.
 */
export async function loadClientKeys(db: Db, sealer: Sealer): Promise<JoseKey[]> {
  const keys = await readClientKeys(db, sealer)
  if (keys.length > 0) return keys
  return db.transaction().execute(async (tx) => {
    await sql`lock table oauth_client_keys in exclusive mode`.execute(tx)
    const made = await readClientKeys(tx, sealer)
    return made.length > 0 ? made : [await addClientKey(tx, sealer)]
  })
}

/** A new key, which new sessions will use once the processes are started again. */
export async function addClientKey(db: Db, sealer: Sealer): Promise<JoseKey> {
  const kid = `openmeet-${new Date().toISOString().slice(0, 10)}-${crypto.randomUUID().slice(0, 8)}`
  const key = await JoseKey.generate(['ES256'], kid)
  const jwk = JSON.stringify(key.privateJwk)
  await db
    .insertInto('oauth_client_keys')
    .values({ kid, sealed: sealer.seal(jwk, context(kid)) })
    .execute()
  return key
}

/** What `/oauth/jwks.json` shows: the public halves of all keys, as the table has them now. */
export async function readPublicKeys(db: Db, sealer: Sealer): Promise<{ keys: readonly Readonly<Jwk>[] }> {
  const keys = await readClientKeys(db, sealer)
  return { keys: keys.flatMap((key) => key.publicJwk ?? []) }
}

async function readClientKeys(db: Db, sealer: Sealer): Promise<JoseKey[]> {
  const rows = await db
    .selectFrom('oauth_client_keys')
    .select(['kid', 'sealed'])
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute()
  return Promise.all(rows.map((row) => JoseKey.fromJWK(JSON.parse(sealer.open(row.sealed, context(row.kid))), row.kid)))
}
