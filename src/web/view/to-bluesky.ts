import type { EventRow } from '../../events/event-row.ts'
import type { EventSync } from '../../events/event-sync.ts'
import { type BlueskyView, recordPath } from './bluesky-view.ts'

type Answers = { synced: number; total: number }

/** An event's state on the network. `isOwner`: only they are told what their server said. */
export function toBluesky(
  row: EventRow,
  sync: EventSync,
  { answers, isOwner }: { answers: Answers; isOwner: boolean },
): BlueskyView {
  const state = toBlueskyState(row, sync)
  return {
    state,
    localReason: state === 'local' ? toLocalReason(row, isOwner) : null,
    uri: sync.uri,
    recordPath: sync.uri !== null && sync.cid !== null && !sync.isDeleted ? recordPath(sync.uri) : null,
    lastSyncedAt: sync.lastSyncedAt,
    lastError: isOwner ? sync.lastError : null,
    attempts: sync.waiting?.attempts ?? 0,
    nextAttemptAt: sync.waiting?.nextAttemptAt ?? null,
    waitingSince: sync.waiting?.since ?? null,
    pause: sync.waiting?.pause ?? null,
    answers: answers.total > 0 ? answers : null,
    verified: sync.verified,
    flags: row.flags,
    createdWith: sync.createdWith,
  }
}

export function toBlueskyState(row: EventRow, sync: EventSync): BlueskyView['state'] {
  if (sync.openConflicts > 0 || sync.status === 'CONFLICT') return 'conflict'
  if (sync.status === 'SYNC_FAILED') return 'failed'
  if (sync.waiting || sync.status === 'NEEDS_SYNC' || sync.status === 'NEEDS_RECONNECT')
    return isWaitingForPerson(sync) ? 'reconnect' : 'waiting'
  if (sync.cid === null || sync.isDeleted) return 'local'
  return row.origin === 'network' && sync.status === null ? 'network' : 'on'
}

function isWaitingForPerson({ status, session, did }: EventSync): boolean {
  return status === 'NEEDS_RECONNECT' || (did !== null && session !== 'connected')
}

function toLocalReason(row: EventRow, isOwner: boolean): BlueskyView['localReason'] {
  if (row.is_draft) return 'draft'
  if (row.visibility === 'private') return 'private'
  if (row.visibility === 'unlisted') return 'unlisted'
  return isOwner ? 'not-connected' : 'owner-not-connected'
}
