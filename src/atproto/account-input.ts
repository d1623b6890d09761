import { isDid, toHandle } from './did.ts'

/** What a person typed to say who they are: their handle, their DID, or the server they have their account on. */
export type AccountInput =
  | { kind: 'handle'; handle: string }
  | { kind: 'did'; did: string }
  | { kind: 'service'; url: string }

// Keyboards and copied pages add these: zero-width marks, direction marks, the byte order mark, soft hyphens.
const invisible = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu

/** Reads handles with or without `@` or `at://`, DIDs, https URLs of servers, and links to Bluesky profiles. Undefined: none of these. */
export function readAccountInput(text: string): AccountInput | undefined {
  const plain = text
    .slice(0, 2500)
    .replace(invisible, '')
    .trim()
    .replace(/^at:\/\//, '')
    .replace(/^@/, '')
  const profile = /^https?:\/\/[^/]+\/profile\/([^/?#]+)/.exec(plain)?.[1]
  const name = profile ? decode(profile) : plain
  if (isDid(name)) return { kind: 'did', did: name }
  const handle = toHandle(name.replace(/[.。．｡]+/g, '.').replace(/\.$/, ''))
  if (handle) return { kind: 'handle', handle }
  if (!/^https?:\/\//i.test(name) || !URL.canParse(name)) return undefined
  return { kind: 'service', url: new URL(name).origin }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
