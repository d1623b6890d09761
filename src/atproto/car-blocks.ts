import { hash } from 'node:crypto'
import { CidLinkWrapper, decode } from '@atcute/cbor'

/** dag-cbor, sha-256, 32 bytes: the only CIDs a repo's blocks have. */
const cidPrefix = Buffer.from([0x01, 0x71, 0x12, 0x20])
const cidLength = 36

/** The blocks of a CAR, by CID, as places in its bytes. Whether a block is what its CID says is checked when it is used. */
export type CarBlocks = {
  /** CIDs of the blocks the CAR is about. */
  roots: Uint8Array[]
  bytes: Buffer
  places: Map<string, number>
}

/** Reads a CAR v1 (https://ipld.io/specs/transport/car/carv1/). Throws where the bytes are none. */
export function readCarBlocks(car: Uint8Array): CarBlocks {
  const bytes = Buffer.from(car.buffer, car.byteOffset, car.byteLength)
  const places = new Map<string, number>()
  const header = readSection(bytes, 0)
  for (let at = header.end; at < bytes.length;) {
    const { start, end } = readSection(bytes, at)
    if (end - start < cidLength) throw new RangeError('a block shorter than its CID')
    places.set(bytes.toString('latin1', start, start + cidLength), at)
    at = end
  }
  return { roots: readRoots(bytes.subarray(header.start, header.end)), bytes, places }
}

export function hasBlock({ places }: CarBlocks, cid: Uint8Array): boolean {
  return places.has(toKey(cid))
}

/** The block of a CID, or undefined where it is missing. Throws where its bytes have another hash. */
export function findBlock({ bytes, places }: CarBlocks, cid: Uint8Array): Uint8Array | undefined {
  const place = places.get(toKey(cid))
  if (place === undefined) return undefined
  const { start, end } = readSection(bytes, place)
  const block = bytes.subarray(start + cidLength, end)
  const isPlain = cid.length === cidLength && cidPrefix.equals(cid.subarray(0, cidPrefix.length))
  if (!isPlain) throw new TypeError('a CID that is not dag-cbor with sha-256')
  if (!hash('sha256', block, 'buffer').equals(cid.subarray(cidPrefix.length))) {
    throw new TypeError('a block whose bytes are not those of its CID')
  }
  return block
}

/** The CID of a block of a repo. */
export function toCid(block: Uint8Array): Uint8Array {
  return Buffer.concat([cidPrefix, hash('sha256', block, 'buffer')])
}

export function isSameCid(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function toKey(cid: Uint8Array): string {
  return Buffer.from(cid.buffer, cid.byteOffset, cid.byteLength).toString('latin1')
}

function readRoots(header: Uint8Array): Uint8Array[] {
  const value: unknown = decode(header)
  const roots: unknown = typeof value === 'object' && value !== null && 'roots' in value ? value.roots : undefined
  if (!Array.isArray(roots)) throw new TypeError('a header without roots')
  return roots.flatMap((root: unknown) => (root instanceof CidLinkWrapper ? [root.bytes] : []))
}

function readSection(bytes: Buffer, at: number): { start: number; end: number } {
  let length = 0
  let start = at
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[start++]
    if (byte === undefined || factor > 2 ** 42) throw new RangeError('a length that does not end')
    length += (byte & 127) * factor
    if (byte < 128) break
  }
  // Every section has at least a byte, so reading one always moves on.
  if (length === 0 || start + length > bytes.length) throw new RangeError('a section beyond the end')
  return { start, end: start + length }
}
