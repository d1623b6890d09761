import type { JsonObject } from '../base/json.ts'

/** What a write that is due comes to. */
export type RecordToWrite =
  | {
      kind: 'record'
      record: JsonObject
      /** CIDs of pictures it shows: the PDS must have them before the record. */
      blobs: string[]
      /** Whose pages show its state. */
      topics: string[]
    }
  /** It cannot be written before something else is: see resumeWrites. */
  | { kind: 'wait'; reason: string }
