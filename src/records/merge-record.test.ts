import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../base/json.ts'
import { mergeRecords } from './merge-record.ts'

const anyJson = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
const keys = fc.constantFrom('name', 'description', 'startsAt', 'uris', 'preferences', 'net.example.x', '__proto__')
const anyRecord = fc.dictionary(keys, anyJson).map((record) => JSON.parse(JSON.stringify(record)) as JsonObject)
const rules = { together: [['name', 'description']], sets: ['uris'] }

describe('a merge of two versions', () => {
  it('is the side that changed, where only one did', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (base, other) => {
        const ours = mergeRecords({ base, ours: other, theirs: base }, rules)
        expect(ours.merged).toEqual(other)
        expect(ours.lost).toEqual([])
        const theirs = mergeRecords({ base, ours: base, theirs: other }, rules)
        expect(JSON.stringify(theirs.merged)).toBe(JSON.stringify(other))
        expect(theirs.lost).toEqual([])
      }),
    )
  })

  it('has nothing to merge where both did the same', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (base, both) => {
        const { merged, lost } = mergeRecords({ base, ours: both, theirs: both }, rules)
        expect([JSON.stringify(merged), lost]).toEqual([JSON.stringify(both), []])
      }),
    )
  })

  it('keeps theirs wherever ours gave way, and names each', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, anyRecord, (base, ours, theirs) => {
        const { merged, lost } = mergeRecords({ base, ours, theirs })
        for (const path of lost.filter((path) => !path.includes('.'))) expect(merged[path]).toEqual(theirs[path])
        expect(new Set(lost).size).toBe(lost.length)
        // Once it is agreed, it stays: merging again changes nothing.
        const again = mergeRecords({ base: theirs, ours: merged, theirs: merged })
        expect(again).toEqual({ merged, lost: [] })
      }),
    )
  })

  it('takes from each side what it alone changed, also within an object', () => {
    const base = { name: 'A', preferences: { quiet: true, colour: 'red' }, old: 1 }
    const ours = { name: 'B', preferences: { quiet: false, colour: 'red' }, old: 1 }
    const theirs = { name: 'A', preferences: { quiet: true, colour: 'blue' } }
    const merged = { name: 'B', preferences: { quiet: false, colour: 'blue' } }
    expect(mergeRecords({ base, ours, theirs })).toEqual({ merged, lost: [] })
  })

  it('adds and removes in lists of entries that stand for themselves', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((uri) => ({ uri }))
    const lists = [
      [a, b],
      [a, c],
      [b, d, a],
    ].map((uris) => ({ uris: uris as Json[] }))
    const [base = {}, ours = {}, theirs = {}] = lists
    expect(mergeRecords({ base, ours, theirs }, rules)).toEqual({ merged: { uris: [d, a, c] }, lost: [] })
  })

  it('takes fields that mean nothing without one another from one side', () => {
    const base = { name: 'A', description: 'a' }
    const ours = { name: 'B', description: 'a' }
    const theirs = { name: 'A', description: 'b' }
    expect(mergeRecords({ base, ours, theirs }, rules)).toEqual({ merged: theirs, lost: ['name'] })
  })

  it('does not look into values that say their type', () => {
    const picture = (cid: string) => ({ picture: { $type: 'blob', ref: { $link: cid }, size: 1 } })
    expect(mergeRecords({ base: picture('a'), ours: picture('b'), theirs: picture('c') })).toEqual({
      merged: picture('c'),
      lost: ['picture'],
    })
  })
})
