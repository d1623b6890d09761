import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { captureFolder, readCapture } from '../../testkit/captured-frames.ts'
import { readFirehoseFrame } from './firehose-frame.ts'
import { isOtherCommit } from './scan-commit.ts'
import type { RecordOp } from './record-op.ts'

const capture = readCapture()

const key = (op: Pick<RecordOp, 'did' | 'rev' | 'collection' | 'rkey'>) =>
  [op.did, op.rev, op.collection, op.rkey].join(' ')

describe.skipIf(!capture)('a second of the real firehose', () => {
  test('reads as Jetstream has read it', () => {
    const ops = (capture?.frames ?? []).flatMap((frame) => {
      const reading = readFirehoseFrame(frame, () => true)
      if (reading.kind !== 'ops') throw new Error(reading.kind)
      return reading.ops
    })
    const expected = readFileSync(new URL('expected_v1.jsonl', captureFolder), 'utf8')
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
    expect((capture?.frames ?? []).filter((frame) => !isOtherCommit(frame))).toHaveLength(2)
  })
})
