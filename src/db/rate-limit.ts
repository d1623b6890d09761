import { sql } from 'kysely'
import { AppError } from '../base/errors.ts'
import type { Db } from './database.ts'

/** So many per window; the window opens with the first. */
export type RateLimit = { points: number; perMs: number }

/** Counts one use of `key`, exactly and across all processes. Throws AppError `too-many-requests` once the window is used up. */
export async function spend(db: Db, key: string, { points, perMs }: RateLimit): Promise<void> {
  const now = Date.now()
  const { rows } = await sql<{ points: number; expire: string }>`
    insert into rate_limits as r (key, points, expire) values (${key}, 1, ${now + perMs})
    on conflict (key) do update set
      points = case when r.expire <= ${now} then 1 else least(r.points + 1, ${points + 1}) end,
      expire = case when r.expire <= ${now} then excluded.expire else r.expire end
    returning points, expire`.execute(db)
  const [row] = rows
  if (!row || row.points <= points) return
  const retryAfterSeconds = Math.max(1, Math.ceil((Number(row.expire) - now) / 1000))
  throw new AppError('too-many-requests', `Too many tries. Wait ${waitText(retryAfterSeconds)}, then try again.`, {
    retryAfterSeconds,
  })
}

function waitText(seconds: number): string {
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}

/** Removes windows that are over. */
export async function cleanRateLimits(db: Db): Promise<void> {
  await sql`delete from rate_limits where expire <= ${Date.now()}`.execute(db)
}
