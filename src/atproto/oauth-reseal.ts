import { type Sealer, UnsealError } from '../base/seal.ts'
import type { Db } from '../db/database.ts'

/** Seals with the current key what was sealed with a previous one, so that the previous one can be thrown away. Answers how many. */
export async function resealSessions(db: Db, sealer: Sealer): Promise<number> {
  return (await resealTable(db, sealer, 'oauth_sessions', 'did')) + (await resealTable(db, sealer, 'oauth_client_keys', 'kid'))
}

async function resealTable(db: Db, sealer: Sealer, table: 'oauth_sessions' | 'oauth_client_keys', key: 'did' | 'kid'): Promise<number> {
  const id = db.dynamic.ref<string>(key)
  const rows = await db.selectFrom(table).select([id.as('id'), 'sealed']).where('sealed', 'is not', null).execute()
  let count = 0
  for (const { id: value, sealed } of rows as { id: string; sealed: Buffer }[]) {
    const anew = reseal(sealer, sealed, `${table}:${value}`)
    // Only over what was read: a refresh in between has sealed with the current key already.
    if (anew) count += Number((await db.updateTable(table).set({ sealed: anew }).where(id, '=', value).where('sealed', '=', sealed).executeTakeFirst()).numUpdatedRows)
  }
  return count
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
