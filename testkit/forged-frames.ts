import { BytesWrapper, CidLinkWrapper, decode, encode, fromBytes } from '@atcute/cbor'
import type { Keypair } from '@atproto/crypto'
import { findBlock, readCarBlocks, toCid } from '../src/atproto/car-blocks.ts'
import type { FrameParts } from './signed-frames.ts'

export type CommitMap = { did: string; rev: string; data: CidLinkWrapper; sig: BytesWrapper; version: number }
export type Section = { cid: Uint8Array; block: Uint8Array }

/** The blocks of a frame, in order. */
export function sectionsOf({ body }: FrameParts): Section[] {
  const blocks = readCarBlocks(carOf(body))
  return [...blocks.places.keys()].map((key) => {
    const cid = Buffer.from(key, 'latin1')
    return { cid, block: findBlock(blocks, cid) ?? new Uint8Array() }
  })
}

/** The frame with other blocks, told under the same root. */
export function withSections(parts: FrameParts, sections: readonly Section[], root = rootOf(parts)): FrameParts {
  const car = [encode({ roots: [new CidLinkWrapper(root)], version: 1 }), ...sections.map(toBytes)].flatMap(withLength)
  const body = { ...parts.body, blocks: new BytesWrapper(Buffer.concat(car)) }
  return { ...parts, body: 'commit' in body ? { ...body, commit: new CidLinkWrapper(root) } : body }
}

/** The frame with its commit changed as the function says, and signed with the key where one is given. */
export async function withCommit(
  parts: FrameParts,
  change: (commit: CommitMap) => void,
  key?: Keypair,
): Promise<FrameParts> {
  const root = Buffer.from(rootOf(parts))
  const sections = sectionsOf(parts)
  const place = sections.find(({ cid }) => root.equals(cid))
  if (!place) throw new Error('the frame has no commit')
  const commit = decode(place.block) as CommitMap
  change(commit)
  if (key) {
    const { sig: _, ...unsigned } = commit
    commit.sig = new BytesWrapper(await key.sign(encode(unsigned)))
  }
  place.block = encode(commit)
  place.cid = toCid(place.block)
  return withSections(parts, sections, place.cid)
}

function carOf(body: FrameParts['body']): Uint8Array {
  return fromBytes(body['blocks'] as BytesWrapper)
}

function rootOf({ body }: FrameParts): Uint8Array {
  return body['commit'] instanceof CidLinkWrapper
    ? body['commit'].bytes
    : (readCarBlocks(carOf(body)).roots[0] as Uint8Array)
}

function toBytes({ cid, block }: Section): Uint8Array {
  return Buffer.concat([cid, block])
}

function withLength(bytes: Uint8Array): Uint8Array[] {
  const length: number[] = []
  let rest = bytes.length
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128)
  return [Uint8Array.from([...length, rest]), bytes]
}
