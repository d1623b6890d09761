import { existsSync, readFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isOtherCommit, readFirehoseFrame } from './firehose-frame.ts'
import type { RecordOp } from './record-op.ts'

// A capture of the network's firehose that is not part of the project.
const capture = new URL('../../../shared/data/frames/', import.meta.url)

function readCapture(): Buffer[] {
  const bytes = zstdDecompressSync(readFileSync(new URL('frames.bin.zst', capture)))
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at)
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return frames
}

const key = (op: Pick<RecordOp, 'did' | 'rev' | 'collection' | 'rkey'>) =>
  [op.did, op.rev, op.collection, op.rkey].join(' ')

describe.skipIf(!existsSync(capture))('a second of the real firehose', () => {
  test('reads as Jetstream has read it', () => {
    const ops = readCapture().flatMap((frame) => {
      const reading = readFirehoseFrame(frame, () => true)
      if (reading.kind !== 'ops') throw new Error(reading.kind)
      return reading.ops
    })
    const expected = readFileSync(new URL('expected_v1.jsonl', capture), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const records = new Map(ops.flatMap((op) => (op.kind === 'record' ? [[key(op), op] as const] : [])))
    const commits = expected.filter((message) => message.kind === 'commit')
    expect(records.size).toBe(commits.length)
    for (const { did, commit } of commits) {
      const op = records.get(key({ did, ...commit }))
      expect(op).toMatchObject({ action: commit.operation })
      expect(op?.record).toEqual(commit.record)
      expect(op?.cid).toEqual(commit.cid)
    }
    expect(ops.filter((op) => op.kind === 'identity')).toHaveLength(1)
    expect(ops.filter((op) => op.kind === 'account')).toHaveLength(1)
  })

  test('holds no calendar op, which is seen without decoding a commit', () => {
    expect(readCapture().filter((frame) => !isOtherCommit(frame))).toHaveLength(2)
  })
})
