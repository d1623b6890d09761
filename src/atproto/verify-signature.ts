import { type KeyObject, createPublicKey, verify } from 'node:crypto'
import { multibaseToBytes } from '@atproto/crypto'

/** A repo's signing key, ready to check with. */
export type SigningKey = { key: KeyObject; halfOrder: Buffer }

type Curve = { multicodec: Buffer; spki: Buffer; halfOrder: Buffer }

const hex = (text: string) => Buffer.from(text, 'hex')

/** https://atproto.com/specs/cryptography: the multicodec of the key, and what DER puts before its compressed point. */
const curves: readonly Curve[] = [
  {
    multicodec: hex('e701'),
    spki: hex('3036301006072a8648ce3d020106052b8104000a032200'),
    halfOrder: hex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'),
  },
  {
    multicodec: hex('8024'),
    spki: hex('3039301306072a8648ce3d020106082a8648ce3d030107032200'),
    halfOrder: hex('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8'),
  },
]

/** Making a key costs as much as using it; the keys of the authors that write most stay made. */
const made = new Map<string, SigningKey | undefined>()
const maxMade = 5_000

/** The key of a did:key (k256 or p256), or undefined where it is none that signs repos. */
export function readSigningKey(didKey: string): SigningKey | undefined {
  if (made.has(didKey)) return made.get(didKey)
  const key = makeKey(didKey)
  if (made.size >= maxMade) made.delete(made.keys().next().value ?? '')
  made.set(didKey, key)
  return key
}

function makeKey(didKey: string): SigningKey | undefined {
  try {
    const bytes = multibaseToBytes(didKey.slice('did:key:'.length))
    const curve = curves.find(({ multicodec }) => multicodec.equals(bytes.subarray(0, 2)))
    if (!didKey.startsWith('did:key:z') || bytes.length !== 35 || !curve) return undefined
    const spki = Buffer.concat([curve.spki, bytes.subarray(2)])
    return { key: createPublicKey({ key: spki, format: 'der', type: 'spki' }), halfOrder: curve.halfOrder }
  } catch {
    // Not multibase, or no point of its curve.
    return undefined
  }
}

/**
 * Whether `signature` (64 bytes, r and s) is the key's over the SHA-256 of `bytes`. Of the two forms every signature has,
 * only the one with the low s counts: with both, anybody could make a second commit out of one.
 */
export function isSignedBy({ key, halfOrder }: SigningKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || halfOrder.compare(signature, 32) < 0) return false
  return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
