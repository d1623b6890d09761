import { describe, expect, it } from 'vitest'
import type { WhenView } from './event-view.ts'
import { eventPhase } from './event-phase.ts'
import { ago, timeRange, yourTime, zoneName } from './format-time.ts'

const when = (startsAt: string, endsAt: string | null, timezone: string | null = 'Europe/Berlin'): WhenView => ({
  startsAt: new Date(startsAt),
  endsAt: endsAt ? new Date(endsAt) : null,
  allDay: false,
  timezone,
})
const evening = when('2026-12-10T17:30:00Z', '2026-12-10T20:30:00Z')

describe('timeRange', () => {
  it('says the clock of the event, and its zone by letters where English has them', () => {
    expect(timeRange(evening, 'Europe/Berlin', 'en-GB')).toBe('18:30 – 21:30 CET')
    expect(timeRange(evening, 'Europe/Berlin', 'en-US').replaceAll('\u202f', ' ')).toBe('6:30 PM – 9:30 PM CET')
    expect(
      ['America/New_York', 'Asia/Kolkata', 'Australia/Sydney', 'Asia/Tokyo'].map((zone) =>
        zoneName(new Date('2026-12-10'), zone),
      ),
    ).toEqual(['EST', 'IST', 'AEDT', 'GMT+9'])
  })

  it('names the day of the end where it is not the evening’s', () => {
    expect(timeRange(when('2026-12-10T17:30:00Z', '2026-12-12T20:30:00Z'), 'Europe/Berlin', 'en-GB')).toBe(
      '18:30 – Sat 12 Dec, 21:30 CET',
    )
    expect(timeRange(when('2026-12-10T21:00:00Z', '2026-12-11T01:00:00Z'), 'Europe/Berlin', 'en-GB')).toBe(
      '22:00 – 02:00 CET',
    )
  })
})

describe('yourTime', () => {
  it('is silent where it would repeat the event’s own', () => {
    expect(yourTime(evening, 'Europe/Paris', 'en-GB')).toBeNull()
    expect(yourTime(evening, null, 'en-GB')).toBeNull()
  })

  it('names the day where it is another', () => {
    expect(yourTime(evening, 'Asia/Tokyo', 'en-GB')).toBe('Fri 11 Dec, 02:30 – 05:30')
    expect(yourTime(evening, 'America/Los_Angeles', 'en-GB')).toBe('09:30 – 12:30')
  })
})

describe('eventPhase', () => {
  it('changes exactly at the boundaries', () => {
    const at = (instant: string) => eventPhase(evening, new Date(instant))
    expect([
      at('2026-12-10T17:29:59.999Z'),
      at('2026-12-10T17:30:00Z'),
      at('2026-12-10T20:29:59.999Z'),
      at('2026-12-10T20:30:00Z'),
    ]).toEqual(['upcoming', 'live', 'live', 'past'])
    expect(eventPhase({ ...evening, startsAt: null, endsAt: null }, new Date())).toBe('undated')
  })
})

describe('ago', () => {
  it('speaks of the largest whole unit', () => {
    const now = new Date('2026-12-03T12:00:00Z')
    const seconds = (n: number) => ago(new Date(now.getTime() + n * 1000), now)
    expect([seconds(-2), seconds(-130), seconds(-7300), seconds(-86_400), seconds(95), seconds(20)]).toEqual([
      'just now',
      '2 minutes ago',
      '2 hours ago',
      'yesterday',
      'in 1 minute',
      'in a moment',
    ])
  })
})
