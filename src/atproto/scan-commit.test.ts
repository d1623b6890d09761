import { describe, expect, test } from 'vitest'
import { readPdsFrames } from '../../testkit/captured-frames.ts'
import { SignedRepo, toFrame } from '../../testkit/signed-frames.ts'
import { eventCollection } from './collections.ts'
import { readFirehoseFrame } from './firehose-frame.ts'
import { isOtherCommit } from './scan-commit.ts'

const record = { text: 'community.lexicon.calendar.event is only talked of' }

describe('a commit without calendar ops', () => {
  test('is told from one with them as a full decoding tells it, of a real PDS', () => {
    for (const frame of readPdsFrames().frames) {
      const reading = readFirehoseFrame(frame)
      const isCommit = frame.includes('#commit')
      const hasOps = reading.kind === 'ops' && reading.ops.length > 0
      expect(isOtherCommit(frame)).toBe(isCommit && !hasOps)
    }
  })

  test('is known by its paths, not by its records', async () => {
    const repo = await SignedRepo.create()
    const frame = toFrame(await repo.commit({ collection: 'app.bsky.feed.post', rkey: 'a', record }))
    expect(isOtherCommit(frame)).toBe(true)
  })

  test('is told whatever stands before the calendar op, and however long the paths and many the ops are', async () => {
    const repo = await SignedRepo.create()
    const rkeys = ['a', 'b'.repeat(40), 'c'.repeat(230), 'd'.repeat(500)]
    const posts = rkeys.map((rkey) => ({ collection: 'com.community.lexicon', rkey, record: { text: 'plain' } }))
    expect(isOtherCommit(toFrame(await repo.commit(...posts)))).toBe(true)
    const event = { collection: eventCollection, rkey: 'e', record }
    const changed = posts.map((post) => ({ ...post, record: { text: 'changed' } }))
    expect(isOtherCommit(toFrame(await repo.commit(...changed, event)))).toBe(false)
    const many = Array.from({ length: 30 }, (_, i) => ({ collection: 'app.bsky.feed.post', rkey: `k${i}`, record }))
    expect(isOtherCommit(toFrame(await repo.commit(...many, { collection: eventCollection, rkey: 'f', record })))).toBe(
      false,
    )
    expect(isOtherCommit(toFrame(await repo.commit({ collection: eventCollection, rkey: 'f' })))).toBe(false)
  })
})
