import { hash } from 'node:crypto'
import { BytesWrapper, CidLinkWrapper, decode, encode } from '@atcute/cbor'
import { VerifyError } from './verify-reason.ts'

/**
 * A node of a repo's tree (https://atproto.com/specs/repository#mst-structure): keys (`collection/rkey`) with the CIDs of
 * their records, and between them the subtrees: one more than there are keys.
 */
export type MstNode = { keys: string[]; values: Uint8Array[]; children: (MstChild | undefined)[] }

/** A subtree by its CID, by its node once that was read, or by its node alone once that was changed. */
export type MstChild = { cid?: Uint8Array; node?: MstNode }

type NodeEntry = { p: unknown; k: unknown; v: unknown; t: unknown }

/** Throws VerifyError where the bytes are no node, or its keys do not ascend. */
export function readMstNode(block: Uint8Array): MstNode {
  const { e: entries, l: left } = decodeNode(block)
  if (!Array.isArray(entries)) throw unreadable('a node of the tree has no entries')
  const node: MstNode = { keys: [], values: [], children: [toChild(left)] }
  let last = ''
  for (const { p: shared, k: rest, v: value, t: right } of entries as NodeEntry[]) {
    const isEntry = typeof shared === 'number' && rest instanceof BytesWrapper && value instanceof CidLinkWrapper
    if (!isEntry || shared > last.length) throw unreadable('an entry of the tree is none')
    // One character per byte, so that keys compare as their bytes do.
    const key = last.slice(0, shared) + Buffer.from(rest.buf).toString('latin1')
    if (key <= last) throw unreadable('the keys of the tree do not ascend')
    node.keys.push(key)
    node.values.push(value.bytes)
    node.children.push(toChild(right))
    last = key
  }
  return node
}

/** The block of a node whose children all have CIDs. */
export function writeMstNode({ keys, values, children }: MstNode): Uint8Array {
  let last = ''
  const entries = keys.map((key, i) => {
    const shared = sharedLength(last, key)
    last = key
    const rest = new BytesWrapper(Buffer.from(key.slice(shared), 'latin1'))
    return { k: rest, p: shared, t: toLink(children[i + 1]?.cid), v: toLink(values[i]) }
  })
  return encode({ e: entries, l: toLink(children[0]?.cid) })
}

/** How many levels a key lies above the leaves: the zero bits its hash begins with, in pairs. */
export function layerOf(key: string): number {
  const digest = hash('sha256', Buffer.from(key, 'latin1'), 'buffer')
  const bits = digest.findIndex((byte) => byte !== 0)
  return bits < 0 ? 128 : Math.floor((bits * 8 + Math.clz32(digest[bits] ?? 0) - 24) / 2)
}

function decodeNode(block: Uint8Array): { [key: string]: unknown } {
  try {
    const value: unknown = decode(block)
    if (typeof value === 'object' && value !== null) return value as { [key: string]: unknown }
  } catch {
    // Told below.
  }
  throw unreadable('a node of the tree is no CBOR map')
}

function toChild(link: unknown): MstChild | undefined {
  if (link === null) return undefined
  if (!(link instanceof CidLinkWrapper)) throw unreadable('a subtree without a CID')
  return { cid: link.bytes }
}

function toLink(cid: Uint8Array | undefined): CidLinkWrapper | null {
  return cid ? new CidLinkWrapper(cid) : null
}

function sharedLength(a: string, b: string): number {
  let n = 0
  while (n < a.length && a.charCodeAt(n) === b.charCodeAt(n)) n++
  return n
}

function unreadable(message: string): VerifyError {
  return new VerifyError('block-unreadable', message)
}
