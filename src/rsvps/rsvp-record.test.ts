import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../base/json.ts'
import { rsvpStatuses } from './rsvp.ts'
import { readRsvpRecord, writeRsvpRecord } from './rsvp-record.ts'

const uri = 'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/community.lexicon.calendar.event/3lmeeting'
const createdAt = new Date('2026-01-01T00:00:00Z')
const anyJson = fc.jsonValue() as fc.Arbitrary<Json>

describe('an answer of a record', () => {
  it.each<[Json | undefined, string, string[]]>([
    ['community.lexicon.calendar.rsvp#going', 'going', []],
    ['community.lexicon.calendar.rsvp#NotGoing', 'notgoing', []],
    ['interested', 'interested', []],
    ['maybe', 'interested', []],
    ['yes', 'going', []],
    ['no', 'notgoing', []],
    ['toString', 'interested', ['status.unknown']],
    [7, 'interested', ['status.unknown']],
    // What the lexicon says where a record says nothing.
    [undefined, 'going', ['status.missing']],
  ])('that says %s is %s', (status, expected, flags) => {
    const record = { subject: { uri }, createdAt: '2026-01-01T00:00:00Z', ...(status !== undefined && { status }) }
    const reading = readRsvpRecord(record, '')
    expect([reading.details?.status, reading.flags]).toEqual([expected, flags])
  })

  it('names its event by a strongRef, without a CID, or by the address alone; else it is none', () => {
    const subjects: Json[] = [{ uri, cid: 'bafy' }, { uri }, uri]
    for (const subject of subjects) expect(readRsvpRecord({ subject }, '').details?.subjectUri).toBe(uri)
    for (const subject of ['https://x.example', {}, null, { uri: 'at://x' }])
      expect(readRsvpRecord({ subject: subject as Json }, '')).toEqual({ flags: ['subject.missing'] })
  })

  it('comes back as it was, and as it was meant', () => {
    const anyRecord = fc.record(
      {
        status: fc.oneof(anyJson, fc.constantFrom('going', 'x#maybe')),
        createdAt: fc.constantFrom('2026-02-02T00:00:00Z', 'then'),
        signatures: anyJson,
        subject: fc.constant({ uri }),
      },
      { requiredKeys: ['subject'] },
    ) as fc.Arbitrary<JsonObject>
    fc.assert(
      fc.property(anyRecord, fc.constantFrom(...rsvpStatuses), (base, status) => {
        const { details } = readRsvpRecord(base, '')
        const same = writeRsvpRecord(
          { subjectUri: uri, subjectCid: null, status: details?.status ?? 'going' },
          { base, createdAt },
        )
        expect(same).toMatchObject({
          ...base,
          ...(typeof base['createdAt'] !== 'string' && { createdAt: createdAt.toISOString() }),
        })
        const changed = writeRsvpRecord({ subjectUri: uri, subjectCid: 'bafy', status }, { base, createdAt })
        expect(readRsvpRecord(changed, '').details).toMatchObject({ status, subjectUri: uri, subjectCid: 'bafy' })
        expect(changed['signatures']).toEqual(base['signatures'])
      }),
    )
  })
})
