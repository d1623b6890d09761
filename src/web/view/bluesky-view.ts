/** Where an event stands between here and its owner's repo, in the words of the page. */
export type BlueskyView = {
  /**
   * `on`: the record is there and equal. `waiting`: a write is due. `reconnect`: the session is gone, writes wait.
   * `conflict`: both sides changed the same field. `failed`: refused, a person must act.
   * `local`: it does not leave this site (see `localReason`). `network`: somebody else's app owns the record's life.
   */
  state: 'on' | 'waiting' | 'reconnect' | 'conflict' | 'failed' | 'local' | 'network'
  localReason: 'draft' | 'private' | 'unlisted' | 'not-connected' | 'owner-not-connected' | null
  uri: string | null
  /** `/at/…` of the record; null until it was written once. */
  recordPath: string | null
  lastSyncedAt: Date | null
  lastError: string | null
  attempts: number
  nextAttemptAt: Date | null
  /** How long the write has waited; null where none does. */
  waitingSince: Date | null
  /** Why all of the repo is held back just now. */
  pause: 'host' | 'rate-limit' | 'away' | null
  /** How many of the answers are records too; null where nobody answered. */
  answers: { synced: number; total: number } | null
  /** How the record was checked: its signed commit, a proof from the PDS, or not yet. */
  verified: 'commit' | 'proof' | 'no'
  flags: string[]
  /** The app that says it wrote the record. */
  createdWith: string | null
}

/** `/at/did/collection/rkey` of an at-uri. */
export function recordPath(uri: string): string {
  return `/at/${uri.slice('at://'.length)}`
}
