import { setTimeout as wait } from 'node:timers/promises'
import { backoffMs } from '../base/retry.ts'
import type { Db, Tx } from './database.ts'

const tries = 5
/** Deadlock, serialization failure. */
const rolledBack = '40'

/**
 * A transaction that locks rows in another order than some other one may have to: where the database ends it to free the
 * other, it is done again from its beginning.
 */
export async function tryTransaction<Result>(db: Db, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (attempt >= tries || !wasRolledBack(error)) throw error
      await wait(backoffMs(attempt, { firstMs: 20, maxMs: 500 }))
    }
  }
}

function wasRolledBack(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith(rolledBack)
}
