import { type CarBlocks, findBlock } from './car-blocks.ts'
import { VerifyError } from './verify-reason.ts'

/** The bytes of a CID that are what it says. `what` is named where they are not there. Throws VerifyError. */
export function getVerifiedBlock(blocks: CarBlocks, cid: Uint8Array, what: string): Uint8Array {
  let block: Uint8Array | undefined
  try {
    block = findBlock(blocks, cid)
  } catch {
    throw new VerifyError('block-unreadable', `${what} is not what its CID says`)
  }
  if (!block) throw new VerifyError('block-missing', `${what} is missing`)
  return block
}
