import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { countDeadLetters } from '../../ingest/dead-letter-store.ts'
import { countRecordsByState } from '../../records/count-by-state.ts'
import { readOutboxState } from '../../records/outbox-store.ts'
import { admin } from '../kernel/policies.ts'
import { type Route, apiRoute, json } from '../kernel/route.ts'
import { instant } from './event-answer-schema.ts'

const count = z.number().int()

const syncStatusRoute = apiRoute({
  method: 'GET',
  path: '/api/admin/bluesky/sync-status',
  policy: admin,
  summary: 'How this site stands with the network',
  tag: 'admin',
  answer: z.object({
    records: z.object({
      IN_SYNC: count,
      NEEDS_SYNC: count,
      CONFLICT: count,
      SYNC_FAILED: count,
      NEEDS_RECONNECT: count,
    }),
    syncedShare: z.number().nullable().describe('Of the records that are ours to write; null where there are none'),
    openConflicts: count,
    outbox: z.object({ depth: count, oldestSeconds: z.number() }),
    sources: z.array(
      z.object({
        source: z.string(),
        cursor: count,
        host: z.string(),
        updatedAt: instant.describe('When the last batch was taken in'),
      }),
    ),
    deadLetters: z.array(z.object({ reason: z.string(), count })),
  }),
  handle: async ({ request }) => json(await readSyncStatus(request.services.db)),
})

async function readSyncStatus(db: Db) {
  const [states, outbox, sources, deadLetters, openConflicts] = await Promise.all([
    countRecordsByState(db),
    readOutboxState(db),
    listCursors(db),
    countDeadLetters(db),
    countOpenConflicts(db),
  ])
  const none = { IN_SYNC: 0, NEEDS_SYNC: 0, CONFLICT: 0, SYNC_FAILED: 0, NEEDS_RECONNECT: 0 }
  const records = { ...none, ...Object.fromEntries(states) }
  const total = Object.values(records).reduce((sum, n) => sum + n, 0)
  return {
    records,
    syncedShare: total === 0 ? null : records.IN_SYNC / total,
    openConflicts,
    outbox,
    sources,
    deadLetters,
  }
}

async function listCursors(db: Db) {
  const rows = await db.selectFrom('cursors').selectAll().orderBy('source').execute()
  return rows.map(({ updated_at: updatedAt, ...row }) => ({ ...row, updatedAt }))
}

async function countOpenConflicts(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int4 as count from conflicts where resolved_at is null`.execute(db)
  return rows[0]?.count ?? 0
}

export const syncStatusApiRoutes: Route[] = [syncStatusRoute]
