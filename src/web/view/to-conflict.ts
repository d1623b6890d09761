import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { EventConflict } from '../../events/event-conflicts.ts'
import { readEventRecord } from '../../events/event-record.ts'
import type { ConflictFieldView, ConflictView } from './conflict-view.ts'
import { stamp } from './format-time.ts'
import { placeLine } from './place.ts'
import type { Locale } from './shell.ts'

/** A conflict for people: each field that clashes, in the three versions. */
export function toConflict(
  { id, detectedAt, resolvedAt, resolution, fields, base, ours, theirs }: EventConflict,
  locale: Locale,
): ConflictView {
  return {
    id,
    detectedAt,
    settled: resolvedAt && {
      at: resolvedAt,
      how: resolution === 'ours' || resolution === 'by-field' ? resolution : 'theirs',
    },
    fields: fields.map((field): ConflictFieldView => ({
      field,
      base: base && fieldText(base, field, locale),
      ours: fieldText(ours, field, locale),
      theirs: fieldText(theirs, field, locale),
    })),
  }
}

/** What a version says of a field, read as we read records; what we do not know as it is written. */
function fieldText(record: JsonObject, field: string, locale: Locale): string | null {
  const value = valueAt(record, field.split('.'))
  if (value === undefined || value === null) return null
  const { details } = readEventRecord(record, '')
  const zone = details.timezone ?? 'UTC'
  switch (field) {
    case 'startsAt':
      return details.startsAt ? stamp(details.startsAt, zone, locale) : plainText(value)
    case 'endsAt':
      return details.endsAt ? stamp(details.endsAt, zone, locale) : plainText(value)
    case 'mode':
      return details.mode ?? plainText(value)
    case 'status':
      return details.status
    case 'locations':
      return details.locations.map((location) => placeLine([location]) ?? location.kind).join('; ') || plainText(value)
    case 'uris':
      return details.uris.map(({ uri, name }) => (name ? `${name}: ${uri}` : uri)).join('\n') || plainText(value)
    case 'media':
      return details.picture ? details.picture.alt || details.picture.cid : plainText(value)
    default:
      return plainText(value)
  }
}

function plainText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function valueAt(record: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = record
  for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}
