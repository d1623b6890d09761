import fc from 'fast-check'
import { RRuleTemporal } from 'rrule-temporal'
import { expect, test } from 'vitest'
import { ruleCount } from '../../testkit/run-count.ts'
import { parseRecurrenceRule } from './recurrence-rule.ts'
import { describeRule } from './recurrence-text.ts'
import { listOccurrences } from './recurrence.ts'

const signed = (max: number) => fc.oneof(fc.integer({ min: 1, max }), fc.integer({ min: -max, max: -1 }))
const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')
const some = <T>(of: fc.Arbitrary<T>, maxLength = 3) =>
  fc.uniqueArray(of, { minLength: 1, maxLength }).map((list) => list.join(','))
const part = (name: string, value: fc.Arbitrary<string>) => value.map((text) => `${name}=${text}`)
const optional = (name: string, value: fc.Arbitrary<string>) =>
  fc.option(part(name, value), { freq: 3 }).map((text) => (text === null ? [] : [text]))

const months = optional('BYMONTH', some(fc.integer({ min: 1, max: 12 })))
const monthDays = optional('BYMONTHDAY', some(signed(31)))
const plainDays = optional('BYDAY', some(weekday))
const nthDays = optional('BYDAY', some(fc.tuple(fc.option(signed(5)), weekday).map(([n, day]) => `${n ?? ''}${day}`)))
const interval = optional('INTERVAL', fc.integer({ min: 1, max: 6 }).map(String))

const shapes = fc.oneof(
  fc.tuple(fc.constant(['FREQ=DAILY']), interval, months, plainDays),
  fc.tuple(fc.constant(['FREQ=WEEKLY']), interval, plainDays, optional('WKST', weekday)),
  fc.tuple(fc.constant(['FREQ=MONTHLY']), interval, monthDays),
  fc.tuple(fc.constant(['FREQ=MONTHLY']), interval, months, nthDays),
  fc.tuple(
    fc.constant(['FREQ=MONTHLY']),
    interval,
    part('BYDAY', some(weekday)).map((text) => [text]),
    part('BYSETPOS', some(signed(4), 2)).map((text) => [text]),
  ),
  fc.tuple(fc.constant(['FREQ=YEARLY']), interval, months, monthDays),
  fc.tuple(
    fc.constant(['FREQ=YEARLY']),
    interval,
    part('BYMONTH', some(fc.integer({ min: 1, max: 12 }))).map((text) => [text]),
    nthDays,
  ),
  fc.tuple(fc.constant(['FREQ=YEARLY']), interval, optional('BYYEARDAY', some(signed(366)))),
)
const rules = shapes.map((parts) => parts.flat().join(';'))
const starts = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))

function ours(rule: string, start: string, count: number): string[] {
  return listOccurrences({ rule: parseRecurrenceRule(rule), start: `${start}T19:00:00`, timezone: 'UTC' })
    .take(count)
    .map(({ recurrenceId }) => recurrenceId.slice(0, 10))
    .toArray()
}

/** Undefined where it gives up: on rules that match never, or seldom. */
function theirs(rule: string, start: string, count: number): string[] | undefined {
  const rruleString = `DTSTART:${start.replaceAll('-', '')}T190000Z\nRRULE:${rule}`
  const engine = new RRuleTemporal({ rruleString, maxIterations: 20_000 })
  try {
    return engine.all((_, i) => i < count).map((date) => date.toString().slice(0, 10))
  } catch {
    return undefined
  }
}

test(`gives the dates that an independent engine gives (${ruleCount} rules)`, { timeout: 1_200_000 }, () => {
  fc.assert(
    fc.property(rules, starts, (rule, start) => {
      // Nobody looks further ahead here than a century.
      const wanted = theirs(rule, start, 8)?.filter(
        (date) => Number(date.slice(0, 4)) < Number(start.slice(0, 4)) + 100,
      )
      const found = ours(rule, start, wanted?.length ?? 8)
      expect(wanted === undefined ? found.length < 8 : found.join(), `${rule} from ${start}`).toBe(
        wanted?.join() ?? true,
      )
    }),
    { numRuns: ruleCount },
  )
})

test('two rules with different dates from one start never share a sentence', () => {
  const seen = new Map<string, { rule: string; dates: string }>()
  const start = { year: 2026, month: 11, day: 3 }
  fc.assert(
    fc.property(rules, (rule) => {
      const sentence = describeRule(parseRecurrenceRule(rule), start)
      if (sentence === null) return
      const dates = ours(rule, '2026-11-03', 60).join()
      const before = seen.get(sentence)
      expect(before === undefined || before.dates === dates, `"${sentence}": ${before?.rule} and ${rule}`).toBe(true)
      seen.set(sentence, { rule, dates })
    }),
    { numRuns: ruleCount * 5 },
  )
})
