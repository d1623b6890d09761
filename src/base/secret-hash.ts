import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new unguessable secret of 256 bits, as base64url (43 characters). */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a secret from `newSecret`: it has too many bits to be found again from its hash. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Compares in time that does not tell how much was right. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
