import { z } from 'zod'
import { visibilities } from '../../events/event.ts'

export const instant = z.iso.datetime()
const maybe = instant.nullable()
const text = z.string().nullable()

const placeName = z.string().optional()
const location = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('address'),
    name: placeName,
    street: placeName,
    locality: placeName,
    region: placeName,
    postalCode: placeName,
    country: placeName,
  }),
  z.object({
    kind: z.literal('geo'),
    name: placeName,
    latitude: z.number(),
    longitude: z.number(),
    altitude: z.number().optional(),
  }),
  z.object({
    kind: z.literal('fsq'),
    name: placeName,
    fsqPlaceId: z.string(),
    latitude: z.number().optional(),
    longitude: z.number().optional(),
  }),
  z.object({
    kind: z.literal('hthree'),
    name: placeName,
    value: z.string(),
    latitude: z.number().optional(),
    longitude: z.number().optional(),
  }),
  z.object({ kind: z.literal('uri'), name: placeName, uri: z.string() }),
  z.object({ kind: z.literal('unknown'), name: placeName, type: z.string().optional() }),
])

export const countsAnswer = z.object({
  going: z.number().int().describe('Confirmed, with the guests they bring'),
  interested: z.number().int(),
  notgoing: z.number().int(),
  waitlisted: z.number().int(),
  pending: z.number().int(),
})

export const statusAnswer = z.enum(['going', 'interested', 'notgoing'])
export const placeAnswer = z.enum(['confirmed', 'waitlisted', 'pending', 'declined'])

const hostAnswer = z.object({
  id: z.number().int(),
  did: text,
  handle: text,
  displayName: z.string(),
  avatar: text,
  isVerified: z.boolean(),
  isShadow: z.boolean().describe('Seen on the network, never signed in here'),
  url: z.string(),
})

const syncStatus = z.enum(['IN_SYNC', 'NEEDS_SYNC', 'CONFLICT', 'SYNC_FAILED', 'NEEDS_RECONNECT'])

export const syncAnswer = z.object({
  status: syncStatus.nullable().describe('Null where nothing of it is, or is to be, on the network by our doing'),
  lastError: text.describe('Told to the owner only'),
  action: z.enum(['put', 'delete']).nullable().describe('The write that waits'),
  attempts: z.number().int(),
  nextAttemptAt: maybe.describe('Null while nothing waits, or while it waits for its person'),
  since: maybe.describe('How long it has waited; null while nothing waits'),
})

export const sourceAnswer = z.object({
  sourceType: z.enum(['bluesky']).nullable(),
  sourceId: text.describe('The owner’s DID'),
  sourceUrl: text.describe('at-uri of the record'),
  sourceData: z
    .object({
      rkey: z.string(),
      cid: text,
      isSourceOfTruth: z.boolean(),
      originPlatform: z.enum(['bluesky', 'openmeet']),
      syncStatus,
      lastSyncError: text,
      publishedOccurrenceId: text,
    })
    .nullable(),
  lastSyncedAt: maybe,
})

export const eventAnswer = z.object({
  id: z.number().int(),
  slug: z.string(),
  url: z.string(),
  name: z.string(),
  description: z.string(),
  startsAt: maybe,
  endsAt: maybe.describe('Of an event of whole days: its last day'),
  allDay: z.boolean(),
  timezone: text,
  mode: text,
  status: z.string(),
  visibility: z.enum(visibilities),
  publishUnlisted: z.boolean().describe('Of an unlisted event: it is on the network, as one that is not to be listed'),
  draft: z.boolean(),
  locations: z.array(location),
  uris: z.array(z.object({ uri: z.string(), name: z.string().optional() })),
  picture: z
    .object({
      cid: z.string(),
      alt: z.string(),
      width: z.number().nullable(),
      height: z.number().nullable(),
      url: z.string(),
    })
    .nullable(),
  rsvpExpected: z.boolean(),
  externalRsvpUrl: text,
  capacity: z.number().int().nullable(),
  waitlist: z.boolean(),
  approval: z.boolean(),
  approvalQuestion: text,
  rsvpDeadline: maybe,
  previousStartsAt: maybe,
  parentUri: text,
  origin: z.enum(['here', 'network']),
  host: hostAnswer,
  counts: countsAnswer,
  mine: z
    .object({ status: statusAnswer, place: placeAnswer, guests: z.number().int(), answer: text })
    .nullable()
    .describe('The answer of whoever asks'),
  source: sourceAnswer,
  sync: syncAnswer,
  flags: z.array(z.string()).describe('What could not be read of the record'),
  hiddenReason: text.optional().describe('Told to the owner only'),
  version: z.number().int(),
  createdAt: instant,
  updatedAt: instant,
})

export const cursorAnswer = z.string().optional().describe('Of the next page; missing on the last')

/** The query of every list. */
export const pageQuery = {
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
}
