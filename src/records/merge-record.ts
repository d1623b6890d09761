import { isDeepStrictEqual } from 'node:util'
import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'

export type MergeInput = { base: JsonObject; ours: JsonObject; theirs: JsonObject }

export type MergeRules = {
  /** Fields that mean nothing without one another: they are taken from one side together. */
  together?: readonly (readonly string[])[]
  /** Lists whose entries stand for themselves: what either side adds or removes is added or removed. */
  sets?: readonly string[]
}

/** `lost`: our fields (paths such as `preferences.showInDiscovery`) that gave way to theirs. */
export type Merged = { merged: JsonObject; lost: string[] }

/**
 * Three-way merge of two versions of a record, field by field: what one side changed stays, what both changed to
 * different values is theirs. Fields nobody changed, known or not, stay as they are in theirs, byte for byte.
 */
export function mergeRecords({ base, ours, theirs }: MergeInput, rules: MergeRules = {}): Merged {
  const merge: Merge = { rules, lost: [] }
  const merged = mergeObjects({ base, ours, theirs }, '', merge)
  for (const fields of rules.together ?? []) keepTogether({ base, ours, theirs }, fields, { merged, lost: merge.lost })
  return { merged, lost: merge.lost }
}

type Merge = { rules: MergeRules; lost: string[] }
type Sides = { base: Json | undefined; ours: Json | undefined; theirs: Json | undefined }

function mergeObjects({ base, ours, theirs }: MergeInput, path: string, merge: Merge): JsonObject {
  // In their order: an object that nobody changed keeps its bytes.
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  const entries = [...keys].flatMap((key): [string, Json][] => {
    const sides = { base: own(base, key), ours: own(ours, key), theirs: own(theirs, key) }
    const value = mergeValues(sides, path === '' ? key : `${path}.${key}`, merge)
    return value === undefined ? [] : [[key, value]]
  })
  return Object.fromEntries(entries)
}

function mergeValues(sides: Sides, path: string, merge: Merge): Json | undefined {
  const { base, ours, theirs } = sides
  if (isDeepStrictEqual(ours, theirs) || isDeepStrictEqual(ours, base)) return theirs
  if (isDeepStrictEqual(theirs, base)) return ours
  if (isPlain(ours) && isPlain(theirs))
    return mergeObjects({ base: isPlain(base) ? base : {}, ours, theirs }, path, merge)
  if (merge.rules.sets?.includes(path)) return mergeSets(sides)
  merge.lost.push(path)
  return theirs
}

/** Theirs, without what we removed and with what we added. */
function mergeSets(sides: Sides): Json {
  const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map((side) => (Array.isArray(side) ? side : []))
  const has = (list: Json[] = [], entry: Json) => list.some((other) => isDeepStrictEqual(other, entry))
  const kept = theirs?.filter((entry) => has(ours, entry) || !has(base, entry)) ?? []
  const added = ours?.filter((entry) => !has(base, entry) && !has(kept, entry)) ?? []
  return [...kept, ...added]
}

function keepTogether({ base, ours, theirs }: MergeInput, fields: readonly string[], { merged, lost }: Merged): void {
  const isChanged = (side: JsonObject) => fields.some((field) => !isDeepStrictEqual(own(side, field), own(base, field)))
  if (!isChanged(ours) || !isChanged(theirs)) return
  const isSame = fields.every((field) => isDeepStrictEqual(own(ours, field), own(theirs, field)))
  if (isSame) return
  for (const field of fields) {
    const value = own(theirs, field)
    if (value === undefined) delete merged[field]
    else merged[field] = value
  }
  const [first] = fields
  const isNamed = lost.some((field) => fields.includes(field))
  if (!isNamed && first !== undefined) lost.push(first)
}

/** Objects of the data model that are one value: links, bytes, blobs and whatever else says its type. */
function isPlain(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && !['$type', '$link', '$bytes'].some((key) => Object.hasOwn(value, key))
}

/** `__proto__` is a key like any other here. */
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
