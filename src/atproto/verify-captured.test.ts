import { describe, expect, test } from 'vitest'
import { type CapturedFrames, readCapture, readPdsFrames } from '../../testkit/captured-frames.ts'
import { readFirehoseFrame } from './firehose-frame.ts'
import { isOtherCommit } from './scan-commit.ts'
import { checkCommit } from './verify-commit.ts'
import { isSignedBy, readSigningKey } from './verify-signature.ts'

/** How many commits and syncs there are, and those that do not verify. */
function verifyAll({ frames, keys }: CapturedFrames) {
  const claims = frames.flatMap((frame) => {
    const reading = readFirehoseFrame(frame, () => true)
    return reading.kind === 'ops' && reading.claim ? [reading.claim] : []
  })
  const failed = claims.filter((claim) => {
    const { unsigned, signature } = checkCommit(claim, () => true)
    const key = readSigningKey(keys.get(claim.did) ?? '')
    return !key || !isSignedBy(key, unsigned, signature)
  })
  return { count: claims.length, failed }
}

describe('commits that others have signed', () => {
  test('all verify, of a real PDS', () => {
    const captured = readPdsFrames()
    const { count, failed } = verifyAll(captured)
    expect(failed).toEqual([])
    expect(count).toBeGreaterThan(20)
    const calendar = captured.frames.filter((frame) => !isOtherCommit(frame)).map((frame) => readFirehoseFrame(frame))
    const ops = calendar.flatMap((reading) => (reading.kind === 'ops' ? reading.ops : []))
    expect(ops.filter(({ kind }) => kind === 'record')).toHaveLength(11)
    expect(ops.filter(({ kind }) => kind === 'bad')).toEqual([])
  })

  const capture = readCapture()
  test.skipIf(!capture)('all 148 verify, of a second of the whole network', () => {
    const { count, failed } = verifyAll(capture ?? readPdsFrames())
    expect(failed).toEqual([])
    expect(count).toBe(148)
  })
})
