import type { JsonObject } from '../../base/json.ts'
import type { PersonView } from './person-view.ts'

export type RecordPageView = {
  uri: string
  did: string
  collection: string
  rkey: string
  cid: string | null
  rev: string | null
  /** Raw, as on the PDS; null where it was deleted or never written. */
  value: JsonObject | null
  isDeleted: boolean
  origin: 'here' | 'network'
  verified: 'commit' | 'proof' | 'no'
  flags: string[]
  syncStatus: string | null
  author: PersonView | null
  /** The page this record feeds: its event, or the event it answers. */
  event: { path: string; name: string } | null
  /** What we understood, in our words. */
  reading: { field: string; value: string }[]
  indexedAt: Date
}
