import { type CarBlocks, hasBlock, toCid } from './car-blocks.ts'
import { type MstChild, type MstNode, layerOf, readMstNode, writeMstNode } from './mst-node.ts'
import { getVerifiedBlock } from './verify-block.ts'
import { VerifyError } from './verify-reason.ts'

/**
 * A repo's tree of which only some nodes are at hand, as in a commit or a proof. Changes stay in memory. Everything here
 * throws VerifyError where a node that is needed is missing or is not what its CID says.
 */
export type Mst = { blocks: CarBlocks; root: MstChild | undefined; layer: number }

export function openMst(blocks: CarBlocks, cid: Uint8Array): Mst {
  const root: MstChild = { cid }
  const { keys, children } = load({ blocks, child: root, layer: 0 })
  if (keys[0] !== undefined) return { blocks, root, layer: layerOf(keys[0]) }
  if (children[0]) throw new VerifyError('block-unreadable', 'the root of the tree has no key')
  return { blocks, root: undefined, layer: 0 }
}

/** The CID of a key's record; undefined where the tree proves that there is none. */
export function findInMst({ blocks, root, layer }: Mst, key: string): Uint8Array | undefined {
  let child = root
  for (let at = layer; child; at--) {
    const node = load({ blocks, child, layer: at })
    const i = positionOf(node.keys, key)
    if (node.keys[i] === key) return node.values[i]
    child = node.children[i]
  }
  return undefined
}

/** All keys from `from` on and before `to`, in order, with the CIDs of their records. Only what lies around them is read. */
export function* listInMst(mst: Mst, from: string, to: string): Generator<[key: string, cid: Uint8Array]> {
  if (mst.root) yield* listIn({ ...mst, child: mst.root }, from, to)
}

/** Adds a key, or gives it another record. */
export function setInMst(mst: Mst, key: string, value: Uint8Array): void {
  const entry = { key, value, layer: layerOf(key) }
  if (!mst.root) mst.layer = entry.layer
  if (mst.layer >= entry.layer) mst.root = setIn({ ...mst, child: mst.root }, entry)
  else growTo(mst, entry)
}

/** Takes a key away. Answers the CID its record had; undefined where it was not there, and then nothing changed. */
export function removeFromMst(mst: Mst, key: string): Uint8Array | undefined {
  const value = findInMst(mst, key)
  if (!value) return undefined
  mst.root = removeIn({ ...mst, child: mst.root }, key)
  dropEmptyTop(mst)
  return value
}

/** The CID of the tree as it is now. */
export function cidOfMst({ root }: Mst): Uint8Array {
  return root ? settle(root) : toCid(writeMstNode(emptyNode()))
}

/** A subtree, which may be empty, at its layer. */
type Place = { blocks: CarBlocks; child: MstChild | undefined; layer: number }
type Entry = { key: string; value: Uint8Array; layer: number }
type Halves = [left: MstChild | undefined, right: MstChild | undefined]

function emptyNode(): MstNode {
  return { keys: [], values: [], children: [undefined] }
}

function load({ blocks, child, layer }: Place): MstNode {
  if (!child) return emptyNode()
  if (child.node) return child.node
  // Hashes allow no circle, but a chain of nodes without keys could be longer than the stack.
  if (layer < 0) throw new VerifyError('block-unreadable', 'the tree is deeper than its keys allow')
  child.node = readMstNode(getVerifiedBlock(blocks, child.cid ?? new Uint8Array(), 'a node of the tree'))
  return child.node
}

/** Of the key, or where it would be. */
function positionOf(keys: readonly string[], key: string): number {
  const i = keys.findIndex((one) => one >= key)
  return i < 0 ? keys.length : i
}

/** The subtree before the i-th key. */
function placeAt({ blocks, layer }: Place, { children }: MstNode, i: number): Place {
  return { blocks, child: children[i], layer: layer - 1 }
}

function* listIn(place: Place, from: string, to: string): Generator<[key: string, cid: Uint8Array]> {
  if (!place.child) return
  const node = load(place)
  for (let i = positionOf(node.keys, from); i <= node.keys.length; i++) {
    yield* listIn(placeAt(place, node, i), from, to)
    const key = node.keys[i]
    const cid = node.values[i]
    if (key === undefined || cid === undefined || key >= to) return
    yield [key, cid]
  }
}

function setIn(place: Place, entry: Entry): MstChild {
  const node = load(place)
  const i = positionOf(node.keys, entry.key)
  if (node.keys[i] === entry.key) return { node: { ...node, values: node.values.with(i, entry.value) } }
  const below = placeAt(place, node, i)
  if (place.layer > entry.layer) return { node: { ...node, children: node.children.with(i, setIn(below, entry)) } }
  return {
    node: {
      keys: node.keys.toSpliced(i, 0, entry.key),
      values: node.values.toSpliced(i, 0, entry.value),
      children: node.children.toSpliced(i, 1, ...split(below, entry.key)),
    },
  }
}

/** Up to the layer of a key that lies above all others, the tree grows by nodes without keys on both its sides. */
function growTo(mst: Mst, { key, value, layer }: Entry): void {
  let halves = split({ ...mst, child: mst.root }, key)
  for (let at = mst.layer + 1; at < layer; at++)
    halves = halves.map((child) => child && { node: { ...emptyNode(), children: [child] } }) as Halves
  mst.root = { node: { keys: [key], values: [value], children: halves } }
  mst.layer = layer
}

/** What lies before and behind a key that is not in the subtree. */
function split(place: Place, key: string): Halves {
  if (!place.child) return [undefined, undefined]
  const { keys, values, children } = load(place)
  const i = positionOf(keys, key)
  const [left, right] = split(placeAt(place, { keys, values, children }, i), key)
  return [
    toSubtree({ keys: keys.slice(0, i), values: values.slice(0, i), children: [...children.slice(0, i), left] }),
    toSubtree({ keys: keys.slice(i), values: values.slice(i), children: [right, ...children.slice(i + 1)] }),
  ]
}

function removeIn(place: Place, key: string): MstChild | undefined {
  const node = load(place)
  const i = positionOf(node.keys, key)
  if (node.keys[i] !== key)
    return toSubtree({ ...node, children: node.children.with(i, removeIn(placeAt(place, node, i), key)) })
  const merged = merge(placeAt(place, node, i), placeAt(place, node, i + 1))
  return toSubtree({
    keys: node.keys.toSpliced(i, 1),
    values: node.values.toSpliced(i, 1),
    children: node.children.toSpliced(i, 2, merged),
  })
}

/** Two neighbours become one, down to where their inner edges end. */
function merge(left: Place, right: Place): MstChild | undefined {
  if (!left.child || !right.child) return left.child ?? right.child
  const [a, b] = [load(left), load(right)]
  const inner = merge(placeAt(left, a, a.keys.length), placeAt(right, b, 0))
  return {
    node: {
      keys: [...a.keys, ...b.keys],
      values: [...a.values, ...b.values],
      children: [...a.children.slice(0, -1), inner, ...b.children.slice(1)],
    },
  }
}

function toSubtree(node: MstNode): MstChild | undefined {
  return node.keys.length === 0 && !node.children[0] ? undefined : { node }
}

/** The root has a key, unless the tree is empty. A single subtree whose node is missing is taken for such a root. */
function dropEmptyTop(mst: Mst): void {
  while (mst.root && (mst.root.node || isAtHand(mst, mst.root))) {
    const { keys, children } = load({ ...mst, child: mst.root })
    if (keys.length > 0) return
    mst.root = children[0]
    mst.layer--
  }
}

function isAtHand({ blocks }: Mst, { cid }: MstChild): boolean {
  return cid !== undefined && hasBlock(blocks, cid)
}

/** Gives CIDs to what was changed. */
function settle(child: MstChild): Uint8Array {
  if (child.cid) return child.cid
  const { keys, values, children } = child.node ?? emptyNode()
  const settled = children.map((one) => one && { cid: settle(one) })
  child.cid = toCid(writeMstNode({ keys, values, children: settled }))
  return child.cid
}
