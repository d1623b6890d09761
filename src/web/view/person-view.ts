import { hueOf } from './hue.ts'

export type PersonView = {
  /** Display name, else handle, else a short form of the DID or "Someone". */
  name: string
  handle: string | null
  did: string | null
  /** Of the profile page. */
  path: string
  /** Path of a square picture, through our image proxy. */
  avatar: string | null
  /** The handle points to the DID and the DID to the handle. */
  isVerified: boolean
  /** Seen on the network, never signed in here. */
  isShadow: boolean
  hue: number
}

/** The columns of an account that a face is made of. */
export type PersonRow = {
  id: number
  did: string | null
  handle: string | null
  display_name: string
  avatar_cid: string | null
  claimed_at: Date | null
}

/** `isVerified`: an account's handle is stored only after it was checked both ways, so a stored handle is a verified one. */
export function toPerson(row: PersonRow): PersonView {
  const address = row.handle ?? row.did ?? String(row.id)
  return {
    name: row.display_name.trim() || row.handle || shortDid(row.did),
    handle: row.handle,
    did: row.did,
    path: `/u/${encodeURIComponent(address).replaceAll('%3A', ':')}`,
    avatar: row.did && row.avatar_cid ? imagePath(row.did, row.avatar_cid, 'avatar') : null,
    isVerified: row.handle !== null && row.did !== null,
    isShadow: row.claimed_at === null,
    hue: hueOf(row.did ?? `account:${row.id}`),
  }
}

/** Of the image proxy. A picture of an owner without a DID is only here: `did` is then `-`. */
export function imagePath(did: string | null, cid: string, variant: 'avatar' | 'card' | 'cover' | 'banner'): string {
  return `/img/${did ?? '-'}/${cid}/${variant}`
}

/** One or two letters for a face without a picture. */
export function initials(name: string): string {
  const words = name
    .replace(/^@/, '')
    .split(/[\s.\-_]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const letters = [words[0], words.length > 1 ? words[1] : undefined].map((word) => firstLetter(word ?? ''))
  return letters.join('').toUpperCase() || '?'
}

function firstLetter(word: string): string {
  return /[\p{L}\p{N}]/u.exec(word)?.[0] ?? ''
}

function shortDid(did: string | null): string {
  if (!did) return 'Someone'
  return did.length > 20 ? `${did.slice(0, 14)}…${did.slice(-4)}` : did
}
