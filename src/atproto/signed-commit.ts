import { BytesWrapper, CidLinkWrapper, decode, encode } from '@atcute/cbor'
import { VerifyError } from './verify-reason.ts'

/** The root of a repo (https://atproto.com/specs/repository#commit-objects) as its owner signed it. */
export type SignedCommit = {
  did: string
  rev: string
  /** CID of the root of the repo's tree. */
  data: Uint8Array
  /** What the signature is over. */
  unsigned: Uint8Array
  signature: Uint8Array
}

/** Throws VerifyError. */
export function readSignedCommit(block: Uint8Array): SignedCommit {
  const { sig, ...rest } = decodeMap(block)
  const { did, rev, data, version } = rest
  const isReadable =
    version === 3 &&
    typeof did === 'string' &&
    typeof rev === 'string' &&
    data instanceof CidLinkWrapper &&
    sig instanceof BytesWrapper
  if (!isReadable) throw new VerifyError('commit-unreadable', 'this is no signed commit of version 3')
  // Copies: views would keep the whole frame.
  return { did, rev, data: new Uint8Array(data.bytes), unsigned: encode(rest), signature: new Uint8Array(sig.buf) }
}

function decodeMap(block: Uint8Array): { [key: string]: unknown } {
  let value: unknown
  try {
    value = decode(block)
  } catch {
    throw new VerifyError('commit-unreadable', 'the commit is no CBOR')
  }
  if (typeof value !== 'object' || value === null) throw new VerifyError('commit-unreadable', 'the commit is no map')
  return value as { [key: string]: unknown }
}
