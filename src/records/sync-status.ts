/** The specification's `syncStatus`, and one of ours: the person's session is gone, everything waits for a reconnect. */
export type SyncStatus = 'IN_SYNC' | 'NEEDS_SYNC' | 'CONFLICT' | 'SYNC_FAILED' | 'NEEDS_RECONNECT'
