import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../base/json.ts'
import { readLocation, writeLocation } from './location-record.ts'

const address = 'community.lexicon.location.address'
const geo = 'community.lexicon.location.geo'

describe('a place of a record', () => {
  it.each<[string, Json, object, string[]]>([
    [
      'an address',
      { $type: address, name: 'Hall', country: 'DE', more: 1 },
      { kind: 'address', name: 'Hall', country: 'DE' },
      [],
    ],
    ['an address of nobody knows what country', { $type: address, country: 'ZZ' }, { kind: 'address' }, []],
    [
      'an address by its shape',
      { locality: 'Riga' },
      { kind: 'address', locality: 'Riga' },
      ['locations.type-missing'],
    ],
    ['bare text', 'Riga', { kind: 'address', name: 'Riga' }, ['locations.bare-text']],
    ['a point at zero', { $type: geo, latitude: '0', longitude: 0 }, { kind: 'geo', latitude: 0, longitude: 0 }, []],
    [
      'a point off the globe',
      { $type: geo, latitude: '91', longitude: '0', name: 'X' },
      { kind: 'unknown', name: 'X', type: geo },
      ['locations.geo-out-of-range'],
    ],
    [
      'a point that is none',
      { $type: geo, latitude: '', longitude: 'x' },
      { kind: 'unknown', type: geo },
      ['locations.geo-out-of-range'],
    ],
    [
      'a cell',
      { $type: 'community.lexicon.location.hthree', value: '8a2a1072b59ffff' },
      { kind: 'hthree', value: '8a2a1072b59ffff' },
      [],
    ],
    [
      'a cell of old',
      { $type: 'community.lexicon.location#h3', h3: '852a9067fffffff', name: 'Kettering' },
      { kind: 'hthree', value: '852a9067fffffff', name: 'Kettering' },
      [],
    ],
    [
      'no cell',
      { $type: 'community.lexicon.location.hthree', value: 'x' },
      { kind: 'hthree', value: 'x' },
      ['locations.hthree-invalid'],
    ],
    [
      'a venue',
      { $type: 'community.lexicon.location.fsq', fsq_place_id: 'abc', latitude: 1, longitude: 2 },
      { kind: 'fsq', fsqPlaceId: 'abc', latitude: 1 },
      [],
    ],
    [
      'a link',
      { $type: 'community.lexicon.calendar.event#uri', uri: 'https://a.example' },
      { kind: 'uri', uri: 'https://a.example' },
      [],
    ],
    [
      'a type of somebody’s own',
      { $type: 'net.example.cave', name: 'Cave' },
      { kind: 'unknown', name: 'Cave', type: 'net.example.cave' },
      ['locations.type-unknown'],
    ],
    ['nothing', null, { kind: 'unknown' }, ['locations.unreadable']],
  ])('can be %s', (_, entry, location, flags) => {
    const reading = readLocation(entry)
    expect(reading.location).toMatchObject(location)
    expect(reading.flags).toEqual(flags)
  })

  it('never fails, and says the same after it was written', () => {
    const keys = fc.constantFrom(
      '$type',
      'name',
      'street',
      'locality',
      'country',
      'latitude',
      'longitude',
      'altitude',
      'value',
      'uri',
      'fsq_place_id',
      'h3',
    )
    const values = fc.oneof(
      fc.constantFrom(
        address,
        geo,
        'community.lexicon.location.fsq',
        'community.lexicon.location.hthree',
        '8a2a1072b59ffff',
        'x',
        '-5.5',
        '',
      ),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.jsonValue(),
    ) as fc.Arbitrary<Json>
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(keys, values), fc.jsonValue() as fc.Arbitrary<Json>), (entry) => {
        const { location } = readLocation(entry)
        const written: JsonObject | undefined = writeLocation(location)
        if (written === undefined) return location.kind === 'unknown'
        // Where a venue lies, its own service knows; records do not carry it.
        const { latitude: _, longitude: __, ...place } = { latitude: 0, longitude: 0, ...location }
        const expected = location.kind === 'fsq' ? place : location
        expect(readLocation(written).location).toEqual(expected)
        return true
      }),
    )
  })
})
