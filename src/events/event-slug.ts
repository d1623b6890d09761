import { createHash } from 'node:crypto'

const maxNameLength = 60

/**
 * The last part of an event's address: its name in plain letters and a short hash of `seed`, which tells events of one
 * name apart (the at-uri of an event from the network, something random for one made here). The same in, the same out.
 */
export function eventSlug(name: string, seed: string): string {
  const words = name
    .slice(0, 300)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxNameLength)
    .replace(/^-+|-+$/g, '')
  const hash = createHash('sha256').update(seed).digest('hex')
  return `${words || 'event'}-${BigInt(`0x${hash.slice(0, 10)}`)
    .toString(36)
    .padStart(8, '0')}`
}
