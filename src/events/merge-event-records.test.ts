import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEventDetails, anyEventRecord } from '../../testkit/any-record.ts'
import type { JsonObject } from '../base/json.ts'
import { readEventRecord, writeEventRecord } from './event-record.ts'
import { mergeEventRecords } from './merge-event-records.ts'

const context = { createdAt: new Date('2026-01-01T00:00:00Z'), url: 'https://openmeet.example/events/x' }
const times = (startsAt: string, endsAt: string) => ({ startsAt, endsAt })

describe('two edits of one event', () => {
  it('never make an end before its start out of two that were right', () => {
    const base = times('2030-01-01T10:00:00Z', '2030-01-01T12:00:00Z')
    const ours = { ...base, startsAt: '2030-01-01T11:30:00Z' }
    const theirs = { ...base, endsAt: '2030-01-01T11:00:00Z' }
    expect(mergeEventRecords({ base, ours, theirs })).toEqual({ merged: theirs, lost: ['startsAt'] })
    fc.assert(
      fc.property(anyEventRecord, anyEventDetails, anyEventDetails, (base, mine, others) => {
        const ours = writeEventRecord(mine, { ...context, base })
        const theirs = writeEventRecord(others, { ...context, base })
        const isReversed = (record: JsonObject) => readEventRecord(record, '').flags.includes('endsAt.before-start')
        expect(isReversed(theirs) || !isReversed(mergeEventRecords({ base, ours, theirs }).merged)).toBe(true)
      }),
    )
  })

  it('keep a description and the links within it together', () => {
    const facet = (byteEnd: number) => [{ index: { byteStart: 0, byteEnd } }]
    const base = { description: 'Ana', facets: facet(3) }
    const ours = { description: 'Anabel', facets: facet(6) }
    const theirs = { description: 'Ana', facets: facet(2) }
    expect(mergeEventRecords({ base, ours, theirs }).merged).toEqual(theirs)
  })

  it('leave what another app wrote and nobody here knows', () => {
    fc.assert(
      fc.property(anyEventRecord, anyEventDetails, (base, mine) => {
        const theirs = { ...base, 'net.example.theme': { colour: 'teal' } }
        const ours = writeEventRecord(mine, { ...context, base })
        const { merged } = mergeEventRecords({ base, ours, theirs })
        expect(merged['net.example.theme']).toEqual({ colour: 'teal' })
      }),
    )
  })
})
