export type ConflictFieldView = {
  field: string
  /** As text for people; null = not set. */
  base: string | null
  ours: string | null
  theirs: string | null
}

export type ConflictView = {
  id: number
  detectedAt: Date
  fields: ConflictFieldView[]
  /** Whose version it came to; null while it is open. */
  settled: { at: Date; how: 'ours' | 'theirs' | 'by-field' } | null
}

export type ConflictPageView = {
  event: { slug: string; path: string; name: string; hue: number }
  conflicts: ConflictView[]
  /** Those that were decided, newest first. */
  history: ConflictView[]
}
