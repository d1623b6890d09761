import { sql } from 'kysely'
import { type Sealer, UnsealError } from '../base/seal.ts'
import type { Db } from '../db/database.ts'

/** Seals with the current key what was sealed with a previous one, so that the previous one can be thrown away. Answers how many. */
export async function resealSessions(db: Db, sealer: Sealer): Promise<number> {
  return (
    (await resealTable(db, sealer, 'oauth_sessions', 'did')) +
    (await resealTable(db, sealer, 'oauth_client_keys', 'kid'))
  )
}

async function resealTable(
  db: Db,
  sealer: Sealer,
  table: 'oauth_sessions' | 'oauth_client_keys',
  key: 'did' | 'kid',
): Promise<number> {
  const [from, id] = [sql.table(table), sql.ref(key)]
  const { rows } = await sql<{
    id: string
    sealed: Buffer
  }>`select ${id} as id, sealed from ${from} where sealed is not null`.execute(db)
  let count = 0n
  for (const row of rows) {
    const anew = reseal(sealer, row.sealed, `${table}:${row.id}`)
    if (!anew) continue
    // Only over what was read: a refresh in between has sealed with the current key already.
    const result =
      await sql`update ${from} set sealed = ${anew} where ${id} = ${row.id} and sealed = ${row.sealed}`.execute(db)
    count += result.numAffectedRows ?? 0n
  }
  return Number(count)
}

function reseal(sealer: Sealer, sealed: Buffer, context: string): Buffer | undefined {
  if (!sealer.isOld(sealed)) return undefined
  try {
    return sealer.seal(sealer.open(sealed, context), context)
  } catch (error) {
    // Its key is gone. It stays as it is: the operator may bring the key back.
    if (error instanceof UnsealError) return undefined
    throw error
  }
}
