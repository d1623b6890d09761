import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { AppError } from '../base/errors.ts'
import { applyEventPatch, eventInputSchema, eventPatchSchema, withScheme } from './event-input.ts'

const make = (input: object) => applyEventPatch(eventInputSchema.parse({ name: 'Picnic', ...input }))
const before = make({
  startsAt: '2030-06-01T07:00',
  endsAt: '2030-06-01T09:00',
  timezone: 'Europe/Berlin',
  capacity: 5,
})
const patch = (change: object) => applyEventPatch(eventPatchSchema.parse(change), before)

function fieldsOf(act: () => unknown): string[] {
  try {
    act()
    return []
  } catch (error) {
    if (error instanceof AppError) return error.fields.map(({ field }) => field)
    throw error
  }
}

describe('what a person says of an event', () => {
  it('is an instant, a wall time of its zone, or a day', () => {
    const times = (startsAt: string) => {
      const { startsAt: at, allDay } = make({ startsAt, timezone: 'America/New_York' })
      return [at?.toISOString(), allDay]
    }
    expect(times('2030-06-01T07:00')).toEqual(['2030-06-01T11:00:00.000Z', false])
    expect(times('2030-06-01T07:00:00+02:00')).toEqual(['2030-06-01T05:00:00.000Z', false])
    expect(times('2030-06-01')).toEqual(['2030-06-01T04:00:00.000Z', true])
  })

  it('changes what it names, and nothing else', () => {
    expect(patch({})).toEqual(before)
    expect(patch({ name: 'Brunch' })).toEqual({ ...before, name: 'Brunch' })
    expect(patch({ endsAt: null })).toEqual({ ...before, endsAt: null })
    expect(patch({ capacity: null, locations: [] })).toEqual({ ...before, capacity: null, locations: [] })
  })

  it('drops the links within a description only where that changes', () => {
    const rich = { ...before, description: 'See @ana', facets: [{ index: { byteStart: 4, byteEnd: 8 } }] }
    expect(applyEventPatch({ description: 'See @ana' }, rich).facets).toEqual(rich.facets)
    expect(applyEventPatch({ description: 'See @bo' }, rich).facets).toBeNull()
  })

  it.each<[string, object, string[]]>([
    [
      'times that are none',
      { startsAt: 'soon', endsAt: '2030-13-01', rsvpDeadline: 'x' },
      ['startsAt', 'endsAt', 'rsvpDeadline'],
    ],
    ['a time of another age', { startsAt: '1500-01-01T00:00Z' }, ['startsAt']],
    ['an end before the start', { endsAt: '2030-06-01T06:00' }, ['endsAt']],
    ['an end without a start', { startsAt: null }, ['startsAt']],
    ['a zone that is none', { timezone: 'Moon/Base' }, ['timezone']],
    ['a waitlist without a limit', { capacity: null, waitlist: true }, ['capacity']],
    ['a link that is none', { uris: [{ uri: 'https://a.example' }, { uri: 'not a link' }] }, ['uris.1.uri']],
  ])('is refused with %s, by name', (_, change, fields) => expect(fieldsOf(() => patch(change))).toEqual(fields))

  it('has limits', () => {
    const refused = [
      { name: '' },
      { name: 'x'.repeat(1001) },
      { description: 'x'.repeat(50_001) },
      { capacity: 0 },
      { capacity: 1.5 },
      { locations: Array.from({ length: 21 }, () => ({ kind: 'address', name: 'x' })) },
      { locations: [{ kind: 'geo', latitude: 91, longitude: 0 }] },
      { visibility: 'secret' },
      { ownerId: 7 },
      { hidden_reason: null },
    ]
    for (const change of refused) expect(eventPatchSchema.safeParse(change).success).toBe(false)
    expect(eventInputSchema.safeParse({}).success).toBe(false)
  })

  it('is stored, or refused by name, whatever it is', () => {
    const anyInput = fc.record(
      {
        name: fc.string({ minLength: 1 }),
        startsAt: fc.option(fc.string()),
        endsAt: fc.option(fc.oneof(fc.string(), fc.constant('2030-01-01'))),
        timezone: fc.option(fc.oneof(fc.string(), fc.constant('Asia/Kolkata'))),
        uris: fc.array(fc.record({ uri: fc.string() })),
        capacity: fc.option(fc.nat()),
        waitlist: fc.boolean(),
      },
      { requiredKeys: ['name'] },
    )
    fc.assert(
      fc.property(anyInput, (input) => {
        const { content, error } = attempt(() => applyEventPatch(eventInputSchema.parse(input)))
        const isRefused = error instanceof ZodError || (error instanceof AppError && error.fields.length > 0)
        expect(isRefused || content?.endsAt === null || content?.startsAt instanceof Date).toBe(true)
      }),
    )
  })
})

function attempt<Value>(act: () => Value): { content?: Value; error?: unknown } {
  try {
    return { content: act() }
  } catch (error) {
    return { error }
  }
}

describe('a link', () => {
  it('gets its scheme', () => {
    expect(['example.org/x', 'http://a.example', 'mailto:a@b.example'].map(withScheme)).toEqual([
      'https://example.org/x',
      'http://a.example',
      'mailto:a@b.example',
    ])
  })
})
