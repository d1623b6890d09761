/** JSON as it comes from the network: `{$link}` and `{$bytes}` objects stay as they are (atproto data model, JSON form). */
export type Json = null | boolean | number | string | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
