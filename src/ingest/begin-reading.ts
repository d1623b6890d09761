import type { Source, SourceNotice } from '../atproto/record-op.ts'
import type { Db } from '../db/database.ts'
import { findCursor, listOtherCursors } from './cursor-store.ts'

/** Where reading begins, which host was read last, and what is to be written down with the first batch. */
export type Beginning = { cursor: number | undefined; host: string; notices: SourceNotice[] }

/** A source that was behind had not read all that was there when it was last stored. */
const overlapMs = 10 * 60_000

/**
 * Where a source that was read before goes on: after its cursor. One that was not, on a site that has read another, leaves
 * a gap, which is written down with its first batch and then healed; one whose cursor is a time begins where the other was
 * left, and some earlier.
 */
export async function findBeginning(db: Db, source: Source): Promise<Beginning> {
  const stored = await findCursor(db, source.name)
  if (stored) return { cursor: stored.cursor, host: stored.host, notices: [] }
  const [last] = await listOtherCursors(db, source.name)
  if (!last) return { cursor: undefined, host: '', notices: [] }
  const detail = `${last.source} was read until ${last.updatedAt.toISOString()}`
  const cursor = source.isByTime ? (last.updatedAt.getTime() - overlapMs) * 1000 : undefined
  return { cursor, host: '', notices: [{ reason: 'source-changed', detail }] }
}

/** Hosts need not have seen the same: what one had and the other has not is a gap. */
export function noticeHost(before: string, now: string): SourceNotice[] {
  if (before === '' || now === '' || before === now) return []
  return [{ reason: 'host-changed', detail: `from ${before} to ${now}` }]
}
