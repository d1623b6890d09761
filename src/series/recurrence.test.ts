import { describe, expect, test } from 'vitest'
import { parseRecurrenceRule } from './recurrence-rule.ts'
import { type Recurrence, listOccurrences } from './recurrence.ts'

type Asked = Partial<Omit<Recurrence, 'rule'>> & { count?: number; after?: string; until?: string }

function walls(rule: string, { count = 12, after, until, ...rest }: Asked = {}): string[] {
  const recurrence = {
    start: '1997-09-02T09:00:00',
    timezone: 'America/New_York',
    ...rest,
    rule: parseRecurrenceRule(rule),
  }
  const window = {
    after: after === undefined ? undefined : new Date(after),
    until: until === undefined ? undefined : new Date(until),
  }
  return listOccurrences(recurrence, window)
    .take(count)
    .map(({ recurrenceId }) => recurrenceId.slice(0, 10))
    .toArray()
}
const instants = (rule: string, { count = 6, after, ...rest }: Asked = {}) =>
  listOccurrences(
    { start: '1997-09-02T09:00:00', timezone: 'America/New_York', ...rest, rule: parseRecurrenceRule(rule) },
    { after: after === undefined ? undefined : new Date(after) },
  )
    .take(count)
    .map(({ at }) => at.toISOString())
    .toArray()
/** `1997-09: 2 9` as dates. */
const days = (...months: string[]) =>
  months.flatMap((line) => {
    const [month, list = ''] = line.split(': ')
    return list.split(' ').map((day) => `${month}-${day.padStart(2, '0')}`)
  })

describe('the examples of RFC 5545 3.8.5.3', () => {
  test.each([
    ['FREQ=DAILY;COUNT=10', {}, days('1997-09: 2 3 4 5 6 7 8 9 10 11')],
    ['FREQ=DAILY;INTERVAL=2', { count: 5 }, days('1997-09: 2 4 6 8 10')],
    ['FREQ=DAILY;INTERVAL=10;COUNT=5', {}, days('1997-09: 2 12 22', '1997-10: 2 12')],
    ['FREQ=WEEKLY;INTERVAL=2;WKST=SU', { count: 4 }, days('1997-09: 2 16 30', '1997-10: 14')],
    [
      'FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH',
      {},
      days('1997-09: 2 4 9 11 16 18 23 25 30', '1997-10: 2'),
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR',
      { start: '1997-09-01T09:00', count: 5 },
      days('1997-09: 1 3 5 15 17'),
    ],
    [
      'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
      { start: '1997-09-05T09:00', count: 4 },
      days('1997-09: 5', '1997-10: 3', '1997-11: 7', '1997-12: 5'),
    ],
    [
      'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
      { start: '1997-09-07T09:00', count: 4 },
      days('1997-09: 7 28', '1997-11: 2 30'),
    ],
    [
      'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
      { start: '1997-09-22T09:00', count: 3 },
      days('1997-09: 22', '1997-10: 20', '1997-11: 17'),
    ],
    [
      'FREQ=MONTHLY;BYMONTHDAY=-3',
      { start: '1997-09-28T09:00', count: 3 },
      days('1997-09: 28', '1997-10: 29', '1997-11: 28'),
    ],
    ['FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15', { count: 4 }, days('1997-09: 2 15', '1997-10: 2 15')],
    [
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
      { start: '1997-09-30T09:00', count: 3 },
      days('1997-09: 30', '1997-10: 1 31'),
    ],
    [
      'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
      { start: '1997-09-10T09:00', count: 7 },
      days('1997-09: 10 11 12 13 14 15', '1999-03: 10'),
    ],
    ['FREQ=MONTHLY;INTERVAL=2;BYDAY=TU', { count: 6 }, days('1997-09: 2 9 16 23 30', '1997-11: 4')],
    [
      'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
      { start: '1997-06-10T09:00', count: 3 },
      ['1997-06-10', '1997-07-10', '1998-06-10'],
    ],
    [
      'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
      { start: '1997-01-01T09:00', count: 4 },
      ['1997-01-01', '1997-04-10', '1997-07-19', '2000-01-01'],
    ],
    ['FREQ=YEARLY;BYDAY=20MO', { start: '1997-05-19T09:00', count: 3 }, ['1997-05-19', '1998-05-18', '1999-05-17']],
    [
      'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO',
      { start: '1997-05-12T09:00', count: 3 },
      ['1997-05-12', '1998-05-11', '1999-05-17'],
    ],
    [
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
      { start: '1997-03-13T09:00', count: 4 },
      ['1997-03-13', '1997-03-20', '1997-03-27', '1998-03-05'],
    ],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', { count: 3 }, ['1998-02-13', '1998-03-13', '1998-11-13']],
    [
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
      { start: '1997-09-13T09:00', count: 3 },
      ['1997-09-13', '1997-10-11', '1997-11-08'],
    ],
    [
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      { start: '1996-11-05T09:00', count: 3 },
      ['1996-11-05', '2000-11-07', '2004-11-02'],
    ],
    [
      'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
      { start: '1997-09-04T09:00' },
      ['1997-09-04', '1997-10-07', '1997-11-06'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
      { start: '1997-09-29T09:00', count: 3 },
      ['1997-09-29', '1997-10-30', '1997-11-27'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      { start: '1997-08-05T09:00' },
      ['1997-08-05', '1997-08-10', '1997-08-19', '1997-08-24'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      { start: '1997-08-05T09:00' },
      ['1997-08-05', '1997-08-17', '1997-08-19', '1997-08-31'],
    ],
    [
      'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
      { start: '2007-01-15T09:00' },
      ['2007-01-15', '2007-01-30', '2007-02-15', '2007-03-15', '2007-03-30'],
    ],
  ])('%s', (rule, asked, expected) => {
    expect(walls(rule, asked)).toEqual(expected)
  })
})

describe('months and years', () => {
  test('a 31st is left out of shorter months, 29 February of other years', () => {
    expect(walls('FREQ=MONTHLY', { start: '2026-01-31T09:00', count: 4 })).toEqual([
      '2026-01-31',
      '2026-03-31',
      '2026-05-31',
      '2026-07-31',
    ])
    expect(walls('FREQ=YEARLY', { start: '2024-02-29T09:00', count: 3 })).toEqual([
      '2024-02-29',
      '2028-02-29',
      '2032-02-29',
    ])
  })

  test('a weekday and an ordinal one stand side by side', () => {
    expect(walls('FREQ=MONTHLY;BYDAY=MO,2TU', { start: '2026-11-01T09:00', count: 6 })).toEqual(
      days('2026-11: 2 9 10 16 23 30'),
    )
  })

  test('a start that does not match is not an occurrence, and is not counted', () => {
    expect(walls('FREQ=WEEKLY;BYDAY=FR;COUNT=2', { start: '2026-11-03T09:00' })).toEqual(['2026-11-06', '2026-11-13'])
  })
})

describe('clock changes', () => {
  test('a time that is skipped comes as long after the gap as it was meant to be into it', () => {
    const rule = 'FREQ=DAILY;COUNT=3'
    expect(instants(rule, { start: '2026-03-07T02:30:00' })).toEqual([
      '2026-03-07T07:30:00.000Z',
      '2026-03-08T07:30:00.000Z',
      '2026-03-09T06:30:00.000Z',
    ])
    const berlin = { start: '2026-03-28T02:30:00', timezone: 'Europe/Berlin' }
    expect(instants(rule, berlin)[1]).toBe('2026-03-29T01:30:00.000Z')
  })

  test('a time that comes twice is the first', () => {
    expect(instants('FREQ=DAILY;COUNT=2', { start: '2026-10-31T01:30:00' })).toEqual([
      '2026-10-31T05:30:00.000Z',
      '2026-11-01T05:30:00.000Z',
    ])
  })

  test('the wall time stays when the clock changes', () => {
    expect(instants('FREQ=WEEKLY;COUNT=2', { start: '2026-10-27T19:00:00', count: 2 })).toEqual([
      '2026-10-27T23:00:00.000Z',
      '2026-11-04T00:00:00.000Z',
    ])
  })
})

describe('ends and exceptions', () => {
  test('UNTIL is inclusive: an instant, a wall time, or all of a day', () => {
    const start = '2026-11-03T19:00:00'
    expect(walls('FREQ=DAILY;UNTIL=20261106T000000Z', { start })).toEqual(days('2026-11: 3 4 5'))
    expect(walls('FREQ=DAILY;UNTIL=20261105T235959Z', { start })).toEqual(days('2026-11: 3 4'))
    expect(walls('FREQ=DAILY;UNTIL=20261105T190000', { start })).toEqual(days('2026-11: 3 4 5'))
    expect(walls('FREQ=DAILY;UNTIL=20261105', { start })).toEqual(days('2026-11: 3 4 5'))
  })

  test('COUNT counts from the start, whatever is left out or looked at', () => {
    const asked = { start: '2026-11-03T19:00:00', exdates: ['2026-11-04T19:00:00'] }
    expect(walls('FREQ=DAILY;COUNT=4', asked)).toEqual(days('2026-11: 3 5 6'))
    expect(walls('FREQ=DAILY;COUNT=4', { ...asked, after: '2026-11-05T12:00:00Z' })).toEqual(days('2026-11: 5 6'))
  })

  test('what is left out at another time of day leaves nothing out', () => {
    expect(
      walls('FREQ=DAILY;COUNT=2', { start: '2026-11-03T19:00:00', exdates: ['2026-11-03T20:00:00'] }),
    ).toHaveLength(2)
  })

  test('added dates stand in their order, once', () => {
    const asked = {
      start: '2026-11-03T19:00:00',
      rdates: ['2026-11-05T12:00:00', '2026-11-01T19:00:00', '2026-11-10T19:00:00'],
    }
    expect(walls('FREQ=WEEKLY;COUNT=2', asked)).toEqual(days('2026-11: 1 3 5 10'))
  })

  test('later is strictly later, and far away is as near', () => {
    const asked = { start: '2006-11-07T19:00:00', count: 1, after: '2026-11-04T00:00:00Z' }
    expect(instants('FREQ=WEEKLY;BYDAY=TU', asked)).toEqual(['2026-11-11T00:00:00.000Z'])
  })
})

test('a rule that never matches comes to an end', () => {
  const startedAt = performance.now()
  expect(walls('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30')).toEqual([])
  expect(walls('FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31;COUNT=10000')).toEqual([])
  expect(performance.now() - startedAt).toBeLessThan(1000)
})
