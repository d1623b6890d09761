import { createHash } from 'node:crypto'

/** dag-cbor, sha-256, 32 bytes: the only CIDs a commit's blocks have. */
const cidPrefix = Buffer.from([0x01, 0x71, 0x12, 0x20])
const cidLength = 36

/**
 * The blocks of a CAR v1 (https://ipld.io/specs/transport/car/carv1/) by the hex of their CID, as views into `car`.
 * Throws where the bytes are no CAR.
 */
export function readCarBlocks(car: Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(car.buffer, car.byteOffset, car.byteLength)
  const blocks = new Map<string, Uint8Array>()
  const header = readSection(bytes, 0)
  for (let at = header.end; at < bytes.length;) {
    const { start, end } = readSection(bytes, at)
    if (end - start < cidLength) throw new RangeError('a block shorter than its CID')
    blocks.set(bytes.toString('hex', start, start + cidLength), bytes.subarray(start + cidLength, end))
    at = end
  }
  return blocks
}

/** The block of a CID, or undefined where it is missing. Throws where its bytes have another hash. */
export function findBlock(blocks: Map<string, Uint8Array>, cid: Uint8Array): Uint8Array | undefined {
  const block = blocks.get(Buffer.from(cid).toString('hex'))
  if (!block) return undefined
  const isPlain = cid.length === cidLength && cidPrefix.equals(cid.subarray(0, cidPrefix.length))
  if (!isPlain) throw new TypeError('a CID that is not dag-cbor with sha-256')
  if (!createHash('sha256').update(block).digest().equals(cid.subarray(cidPrefix.length))) {
    throw new TypeError('a block whose bytes are not those of its CID')
  }
  return block
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
