import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecurrenceError, parseRecurrenceRule } from './recurrence-rule.ts'
import { describeRule } from './recurrence-text.ts'
import { listOccurrences } from './recurrence.ts'

const codeOf = (rule: string) => {
  try {
    parseRecurrenceRule(rule)
    return 'fine'
  } catch (error) {
    return error instanceof RecurrenceError ? error.code : error
  }
}

test.each([
  ['FREQ=HOURLY', 'sub-daily'],
  ['FREQ=DAILY;BYHOUR=9,17', 'sub-daily'],
  ['INTERVAL=2', 'freq-missing'],
  ['FREQ=FORTNIGHTLY', 'bad-value'],
  ['FREQ=DAILY;COUNT=3;UNTIL=20261201', 'count-and-until'],
  ['FREQ=DAILY;COUNT=0', 'bad-value'],
  ['FREQ=DAILY;COUNT=10001', 'bad-value'],
  ['FREQ=DAILY;INTERVAL=1001', 'bad-value'],
  ['FREQ=DAILY;INTERVAL=-1', 'bad-value'],
  ['FREQ=DAILY;UNTIL=20260230', 'bad-value'],
  ['FREQ=DAILY;UNTIL=tomorrow', 'bad-value'],
  ['FREQ=DAILY;FREQ=WEEKLY', 'repeated-part'],
  ['FREQ=DAILY;X-MINE=1', 'unknown-part'],
  ['FREQ=DAILY;BYDAY=XX', 'bad-value'],
  ['FREQ=MONTHLY;BYDAY=6TU', 'bad-value'],
  ['FREQ=WEEKLY;BYDAY=2TU', 'bad-combination'],
  ['FREQ=WEEKLY;BYMONTHDAY=3', 'bad-combination'],
  ['FREQ=MONTHLY;BYWEEKNO=3', 'bad-combination'],
  ['FREQ=MONTHLY;BYYEARDAY=3', 'bad-combination'],
  ['FREQ=MONTHLY;BYSETPOS=1', 'bad-combination'],
  ['FREQ=MONTHLY;BYMONTHDAY=32', 'bad-value'],
  ['FREQ=YEARLY;BYMONTH=13', 'bad-value'],
  ['FREQ=DAILY\nFREQ=WEEKLY', 'not-ascii'],
  ['FREQ=DAILY;BYDAY=MÖ', 'not-ascii'],
  [`FREQ=YEARLY;BYYEARDAY=${Array.from({ length: 200 }, (_, i) => i + 1).join(',')}`, 'too-long'],
  ['', 'unreadable'],
  ['rrule:freq=weekly;byday=tu', 'fine'],
])('%s: %s', (rule, code) => {
  expect(codeOf(rule)).toBe(code)
})

test('whatever is asked is answered soon, or refused with a reason', () => {
  const part = fc.tuple(
    fc.constantFrom(
      'FREQ',
      'INTERVAL',
      'COUNT',
      'UNTIL',
      'BYDAY',
      'BYMONTH',
      'BYMONTHDAY',
      'BYYEARDAY',
      'BYWEEKNO',
      'BYSETPOS',
      'WKST',
    ),
    fc.oneof(
      fc.integer({ min: -400, max: 1200 }).map(String),
      fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'MO', '-1FR', '20301231', '30', '31', '366'),
    ),
  )
  const rules = fc
    .array(part, { minLength: 1, maxLength: 7 })
    .map((parts) => parts.map((pair) => pair.join('=')).join(';'))
  fc.assert(
    fc.property(fc.oneof(rules, fc.string()), (text) => {
      const code = codeOf(text)
      expect(code).toBeTypeOf('string')
      if (code !== 'fine') return
      const rule = parseRecurrenceRule(text)
      const found = listOccurrences({ rule, start: '2026-01-31T09:00:00', timezone: 'UTC' }).take(5).toArray()
      expect(found.every(({ at }) => !Number.isNaN(at.getTime()))).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['FREQ=DAILY', 'Occurs daily'],
  ['FREQ=DAILY;INTERVAL=3', 'Occurs every 3 days'],
  ['FREQ=WEEKLY', 'Occurs weekly on Tuesdays'],
  ['FREQ=WEEKLY;BYDAY=TU', 'Occurs weekly on Tuesdays'],
  ['FREQ=WEEKLY;BYDAY=TH,TU', 'Occurs weekly on Tuesdays and Thursdays'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH', 'Occurs every other week on Tuesday and Thursday'],
  ['FREQ=WEEKLY;INTERVAL=4;BYDAY=TU', 'Occurs every 4 weeks on Tuesday'],
  ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'Occurs weekly on weekdays'],
  ['FREQ=MONTHLY', 'Occurs monthly on the 3rd'],
  ['FREQ=MONTHLY;BYMONTHDAY=1,15', 'Occurs monthly on the 1st and 15th'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', 'Occurs monthly on the last day'],
  ['FREQ=MONTHLY;BYDAY=1TH,3TH', 'Occurs monthly on the first and third Thursday'],
  ['FREQ=MONTHLY;BYDAY=-1FR', 'Occurs monthly on the last Friday'],
  ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', 'Occurs monthly on the last weekday'],
  ['FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU', 'Occurs every other month on the second Tuesday'],
  ['FREQ=YEARLY', 'Occurs yearly on November 3'],
  ['FREQ=YEARLY;BYMONTH=11;BYDAY=4TH', 'Occurs yearly on the fourth Thursday of November'],
  ['FREQ=WEEKLY;BYDAY=TU;COUNT=10', 'Occurs weekly on Tuesdays, 10 times'],
  ['FREQ=WEEKLY;BYDAY=TU;UNTIL=20270101', 'Occurs weekly on Tuesdays, until January 1, 2027'],
  ['FREQ=WEEKLY;BYDAY=TU;UNTIL=20270101T000000Z', null],
  ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', null],
  ['FREQ=MONTHLY;BYDAY=TU', null],
  ['FREQ=YEARLY;BYWEEKNO=20', null],
  ['FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU', null],
])('%s in words', (rule, sentence) => {
  expect(describeRule(parseRecurrenceRule(rule), { year: 2026, month: 11, day: 3 })).toBe(sentence)
})
