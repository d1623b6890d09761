/** A small cache of this process: entries leave after `ttlMs`, the oldest first when there are more than `max`. */
export function createExpiringMap<Value>({ ttlMs, max }: { ttlMs: number; max: number }) {
  const entries = new Map<string, { value: Value; until: number }>()
  return {
    get(key: string): Value | undefined {
      const entry = entries.get(key)
      return entry && entry.until > Date.now() ? entry.value : undefined
    },
    set(key: string, value: Value): void {
      entries.delete(key)
      entries.set(key, { value, until: Date.now() + ttlMs })
      if (entries.size > max) entries.delete(entries.keys().next().value ?? '')
    },
    del(key: string): void {
      entries.delete(key)
    },
  }
}
