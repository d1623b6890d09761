import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTime, toInstant, toTimezone, toWallTime } from './read-time.ts'

const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC']
const read = (value: string, zone: string | null = null) => readTime(value, 'startsAt', zone)

describe('a time of a record', () => {
  it.each<[string, string | null, string]>([
    ['2026-07-01T10:00:00Z', null, '2026-07-01T10:00:00.000Z'],
    ['2026-07-01T10:00:00.123456Z', null, '2026-07-01T10:00:00.123Z'],
    ['2026-07-01T10:00:00,5z', null, '2026-07-01T10:00:00.500Z'],
    [' 2026-07-01 10:00+02:00 ', null, '2026-07-01T08:00:00.000Z'],
    ['2026-07-01T10:00-0330', null, '2026-07-01T13:30:00.000Z'],
    ['2026-07-01T10:00+02', null, '2026-07-01T08:00:00.000Z'],
    ['2026-07-01T10:00', 'Europe/Berlin', '2026-07-01T08:00:00.000Z'],
    ['2026-01-01T10:00', 'Europe/Berlin', '2026-01-01T09:00:00.000Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00.000Z'],
    // The clock jumps from 2 to 3: as long after midnight as was meant.
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    // It comes twice: the first.
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    // A day that never was on Samoa.
    ['2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T22:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, instant) => {
    expect(read(text, zone).at?.toISOString()).toBe(instant)
  })

  it.each([
    'tomorrow',
    '',
    '2026-02-30T10:00:00Z',
    '2026-13-01',
    '10:00',
    '2026-07-01T25:00Z',
    '2026-07-01T10:00+99:00',
    '+002026-07-01',
  ])('"%s" is none, and says so', (text) =>
    expect(read(text)).toEqual({ at: null, allDay: false, flags: ['startsAt.unreadable'] }),
  )

  it('is a whole day where it is a date, and flagged where it has no offset or is of another age', () => {
    expect(read('2026-07-01')).toMatchObject({ allDay: true, flags: [] })
    expect(read('2026-07-01T10:00').flags).toEqual(['startsAt.offset-missing'])
    for (const text of ['0001-01-01', '1969-12-31T23:59:59Z', '2201-01-01T00:00:00Z'])
      expect(read(text)).toMatchObject({ at: null, flags: ['startsAt.out-of-range'] })
  })

  it('costs nothing but itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (value) => {
        const { at, flags } = readTime(value as never, 'endsAt', 'Europe/Berlin')
        expect(at === null || !Number.isNaN(at.getTime())).toBe(true)
        expect(flags.every((flag) => flag.startsWith('endsAt.'))).toBe(true)
      }),
    )
  })
})

describe('wall time', () => {
  it('and back is the same instant, but for the hour that comes twice', () => {
    const instants = fc.date({ min: new Date('1971-01-01'), max: new Date('2199-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (date, zone) => {
        const minute = new Date(Math.floor(date.getTime() / 60_000) * 60_000)
        const again = toInstant(toWallTime(minute, zone), zone)
        const earlier = minute.getTime() - (again?.getTime() ?? 0)
        expect([0, 30, 60].map((minutes) => minutes * 60_000)).toContain(earlier)
        expect(toWallTime(again ?? new Date(0), zone)).toBe(toWallTime(minute, zone))
      }),
    )
  })

  it('is none for a day that is not in the calendar', () => {
    for (const wall of ['2026-02-29T10:00', '2026-04-31T10:00', 'x']) expect(toInstant(wall, 'UTC')).toBeUndefined()
  })
})

describe('a zone', () => {
  it('is a name this runtime knows; offsets and others are none', () => {
    for (const name of [...zones, 'Europe/Kyiv', 'Asia/Calcutta']) expect(toTimezone(name)).toBe(name)
    for (const name of ['+02:00', 'Moon/Base', '', 'x'.repeat(100), 7, null, undefined])
      expect(toTimezone(name)).toBeNull()
  })
})
