import { createHash } from 'node:crypto'
import { Temporal } from 'temporal-polyfill'
import type { JsonObject } from '../src/base/json.ts'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { encodeTid } from '../src/base/tid.ts'
import { type CastEvent, type CastSeries, homeZone } from './cast-events.ts'
import type { BlobRef, RecordRef, Write } from './other-app.ts'
import { randomFrom } from './random-from.ts'

const dayMs = 24 * 3600 * 1000

/** A record of an event that is to be created, under a key of its own. `n` tells events of one moment apart. */
export function toEventWrite(
  event: CastEvent,
  { now, n, picture }: { now: Date; n: number; picture: BlobRef | undefined },
): Write {
  const start = startOf(event, now)
  const createdAt = new Date(Math.min(start.getTime() - 9 * dayMs, now.getTime() - dayMs / 2) + n * 61_000)
  const { minutes = 120, mode = 'inperson', status = 'scheduled', zone = homeZone } = event
  const value = {
    $type: eventCollection,
    name: event.name,
    description: event.description,
    createdAt: createdAt.toISOString(),
    startsAt: start.toISOString(),
    endsAt: new Date(start.getTime() + minutes * 60_000).toISOString(),
    timezone: zone,
    mode: `${eventCollection}#${mode}`,
    status: `${eventCollection}#${status}`,
    createdWith: 'https://almanac.example',
    ...(event.locations?.length && { locations: event.locations }),
    ...(event.uris && { uris: event.uris }),
    ...(picture && event.poster && { media: [toMedia(picture, event.poster.alt)] }),
    ...event.more,
  }
  return { action: 'create', collection: eventCollection, rkey: encodeTid(createdAt.getTime() * 1000, n), value }
}

export const posterSize = { width: 1200, height: 750 }

function toMedia(content: BlobRef, alt: string): JsonObject {
  return { role: 'thumbnail', content, alt, aspect_ratio: posterSize }
}

function startOf({ day, time, zone = homeZone }: Pick<CastEvent, 'day' | 'time' | 'zone'>, now: Date): Date {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate()
  const start = today.add({ days: day }).toZonedDateTime({ timeZone: zone, plainTime: time })
  return new Date(start.epochMilliseconds)
}

/** An event a week; the days count from today. */
export function spreadSeries(series: CastSeries, now: Date): CastEvent[] {
  const { weekday, firstWeek, lastWeek, zone = homeZone } = series
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone)
  const toComing = (weekday - (today.dayOfWeek % 7) + 7) % 7
  const count = lastWeek - firstWeek + 1
  return Array.from({ length: count }, (_, i) => ({ ...series, day: toComing + (firstWeek + i) * 7 }))
}

type Habit = (ref: RecordRef, status: string) => { rkey?: string; subject: JsonObject | string; status: string }

/** How apps in the wild write answers, some more oddly than others. */
const habits: Record<string, Habit> = {
  // A key that is a hash of the event, as some apps do to have one answer an event.
  'wren.test': ({ uri, cid }, status) => ({
    rkey: createHash('sha256').update(uri).digest('hex').slice(0, 13),
    subject: { uri, cid },
    status: `${rsvpCollection}#${status}`,
  }),
  'hank.test': ({ uri, cid }, status) => ({ subject: { uri, cid }, status }),
  'otto.test': ({ uri }, status) => ({ subject: { uri }, status: `${rsvpCollection}#${status}` }),
  'beatriz.test': ({ uri }, status) => ({ subject: uri, status: status === 'interested' ? 'maybe' : status }),
}
const usualHabit: Habit = (subject, status) => ({ subject, status: `${rsvpCollection}#${status}` })

/** What somebody answers to the events of others: always the same, and nothing to most. */
export function toAnswerWrites(handle: string, events: readonly { by: string; ref: RecordRef }[], now: Date): Write[] {
  const habit = habits[handle] ?? usualHabit
  return events.flatMap(({ by, ref }, n) => {
    const status = by === handle ? undefined : chooseAnswer(handle, n)
    if (!status) return []
    const createdAt = new Date(now.getTime() - (1 + n) * 47 * 60_000)
    const { rkey = encodeTid(createdAt.getTime() * 1000, n), ...rest } = habit(ref, status)
    const value = { $type: rsvpCollection, ...rest, createdAt: createdAt.toISOString() } as JsonObject
    return [{ action: 'create' as const, collection: rsvpCollection, rkey, value }]
  })
}

function chooseAnswer(handle: string, n: number): string | undefined {
  const draw = randomFrom(`${handle} ${n}`)()
  if (draw < 0.3) return 'going'
  if (draw < 0.4) return 'interested'
  return draw < 0.46 ? 'notgoing' : undefined
}
