import { isDeepStrictEqual } from 'node:util'
import { jsonToLex } from '@atproto/lex-json'
import type { JsonObject } from '../base/json.ts'

/** A record that the lexicon, or the data model, does not allow. The message names the field. */
export class UnwritableRecordError extends Error {
  override readonly name = 'UnwritableRecordError'
}

/** What generated lexicon code gives for a record type. */
type RecordSchema = {
  safeValidate(value: unknown): { success: true } | { success: false; reason: Error }
}

export type WritableOptions = {
  schema: RecordSchema
  /** The version it was made from: what another app wrote there against the lexicon is not ours to mend. */
  base: JsonObject
  required: JsonObject
}

/** Checks what we write before the network does. Fields that stand as they stood are let be. Throws UnwritableRecordError. */
export function assertWritable(record: JsonObject, { schema, base, required }: WritableOptions): void {
  const changed = Object.entries(record).filter(([key, value]) => !isDeepStrictEqual(value, base[key]))
  const { $type = null } = record
  const result = schema.safeValidate(toLex({ ...required, ...Object.fromEntries(changed), $type }))
  if (!result.success) throw new UnwritableRecordError(result.reason.message, { cause: result.reason })
}

function toLex(record: JsonObject): unknown {
  try {
    return jsonToLex(record)
  } catch (cause) {
    throw new UnwritableRecordError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
