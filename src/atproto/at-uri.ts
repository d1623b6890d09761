export type AtUri = { did: string; collection: string; rkey: string }

const pattern =
  /^at:\/\/(did:[a-z]+:[A-Za-z0-9._:%-]{1,2000})\/([a-zA-Z][a-zA-Z0-9.-]{2,316})\/([A-Za-z0-9._:~-]{1,512})$/

/** The parts of a record's address, or undefined where the text is none (at-uri spec, DID authority only). */
export function parseAtUri(uri: string): AtUri | undefined {
  const match = pattern.exec(uri)
  if (!match || match[3] === '.' || match[3] === '..') return undefined
  return { did: match[1] ?? '', collection: match[2] ?? '', rkey: match[3] ?? '' }
}

export function toAtUri(parts: AtUri): string {
  return `at://${parts.did}/${parts.collection}/${parts.rkey}`
}
