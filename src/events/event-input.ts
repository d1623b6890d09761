import { z } from 'zod'
import { type FieldError, invalid } from '../base/errors.ts'
import { toCountryCode } from './country-code.ts'
import type { Location } from './event.ts'
import { eventModes, eventStatuses, visibilities } from './event.ts'
import type { EventContent } from './event-row.ts'
import { toInstant, toTimezone } from './read-time.ts'

const text = (max: number) => z.string().max(max, `Use at most ${max} characters.`)
const placeName = text(300).optional()

const location = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('address'),
    name: placeName,
    street: placeName,
    locality: placeName,
    region: placeName,
    postalCode: placeName,
    country: placeName,
  }),
  z.strictObject({
    kind: z.literal('geo'),
    name: placeName,
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    altitude: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('fsq'),
    name: placeName,
    fsqPlaceId: text(100),
    latitude: z.number().optional(),
    longitude: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('hthree'),
    name: placeName,
    value: text(30),
    latitude: z.number().optional(),
    longitude: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal('uri'), name: placeName, uri: text(2000) }),
  z.strictObject({ kind: z.literal('unknown'), name: placeName, type: text(400).optional() }),
])

const uri = z.strictObject({ uri: text(2000), name: text(300).optional() })

const timeHint = 'a time such as 2026-11-03T19:00 (in `timezone`), an instant such as 2026-11-03T19:00:00Z, or a date'
const time = z.string().max(40).nullable().describe(`${timeHint}; null: not set`)

const fields = {
  name: z.string().trim().min(1, 'Give the event a name.').max(1000, 'Use at most 1000 characters.'),
  description: text(50_000),
  startsAt: time,
  endsAt: time,
  timezone: z.string().max(64).nullable().describe('IANA name such as Europe/Berlin'),
  mode: text(200).nullable().describe(eventModes.join(', ')),
  status: text(200).describe(eventStatuses.join(', ')),
  visibility: z.enum(visibilities),
  publishUnlisted: z
    .boolean()
    .describe('While it is unlisted: publish it all the same, with preferences.showInDiscovery false'),
  draft: z.boolean().describe('true: only its owner sees it, and it is not published'),
  locations: z.array(location).max(20, 'Use at most 20 places.'),
  uris: z.array(uri).max(20, 'Use at most 20 links.'),
  picture: z
    .strictObject({ cid: text(200), alt: text(2000).default('') })
    .nullable()
    .describe('A picture uploaded before (POST /api/pictures), by its CID'),
  capacity: z.int().min(1, 'Use 1 or more, or leave it empty.').max(1_000_000).nullable(),
  waitlist: z.boolean(),
  approval: z.boolean(),
  approvalQuestion: text(500).nullable(),
  rsvpExpected: z.boolean(),
  rsvpDeadline: time,
}

/** `PATCH /api/events/:slug`: only what is named changes. */
export const eventPatchSchema = z.strictObject({
  ...z.object(fields).partial().shape,
  version: z.int().optional().describe('Of the event when it was read: refused where it has changed since'),
})
export type EventPatch = z.output<typeof eventPatchSchema>

/** `POST /api/events`: a name is enough. */
export const eventInputSchema = z.strictObject({ ...z.object(fields).partial().shape, name: fields.name })
export type EventInput = z.output<typeof eventInputSchema>

const nothing: EventContent = {
  name: '',
  description: '',
  facets: null,
  startsAt: null,
  endsAt: null,
  allDay: false,
  timezone: null,
  mode: 'inperson',
  status: 'scheduled',
  locations: [],
  uris: [],
  picture: null,
  rsvpExpected: true,
  externalRsvpUrl: null,
  parentUri: null,
  visibility: 'public',
  publishUnlisted: false,
  isDraft: false,
  capacity: null,
  hasWaitlist: false,
  needsApproval: false,
  approvalQuestion: null,
  rsvpDeadline: null,
}

/**
 * `before`, changed as the patch says; undefined: a new event. The picture is looked up by the caller. Throws AppError
 * `invalid-input` that names each field that is wrong.
 */
export function applyEventPatch(
  given: Omit<EventPatch, 'picture' | 'version'>,
  before: EventContent = nothing,
): EventContent {
  const { draft, waitlist, approval, ...patch } = given
  const errors: FieldError[] = []
  const timezone = patch.timezone === undefined ? before.timezone : readTimezone(patch.timezone, errors)
  const start = readTimePatch(patch.startsAt, { field: 'startsAt', timezone, errors })
  const end = readTimePatch(patch.endsAt, { field: 'endsAt', timezone, errors })
  const deadline = readTimePatch(patch.rsvpDeadline, { field: 'rsvpDeadline', timezone, errors })
  const content: EventContent = {
    ...before,
    ...definedOf({ name: patch.name, description: patch.description, mode: patch.mode, status: patch.status }),
    ...definedOf({ visibility: patch.visibility, uris: patch.uris, capacity: patch.capacity }),
    ...definedOf({ approvalQuestion: patch.approvalQuestion, rsvpExpected: patch.rsvpExpected }),
    ...definedOf({
      publishUnlisted: patch.publishUnlisted,
      isDraft: draft,
      hasWaitlist: waitlist,
      needsApproval: approval,
    }),
    ...(patch.locations && { locations: readPlaces(patch.locations, errors) }),
    timezone,
    ...(start && { startsAt: start.at, allDay: start.allDay }),
    ...(end && { endsAt: end.at }),
    ...(deadline && { rsvpDeadline: deadline.at }),
  }
  if (content.description !== before.description) content.facets = null
  checkTogether(content, { errors, before, isTouched: (...names) => names.some((name) => given[name] !== undefined) })
  if (errors.length > 0) throw invalid(...errors)
  return content
}

function readTimezone(name: string | null, errors: FieldError[]): string | null {
  if (name === null || name === '') return null
  const timezone = toTimezone(name)
  if (!timezone) errors.push({ field: 'timezone', message: 'Use the name of a time zone, such as Europe/Berlin.' })
  return timezone
}

function readPlaces(places: NonNullable<EventPatch['locations']>, errors: FieldError[]): Location[] {
  return places.map((given, i): Location => {
    const place = definedOf(given)
    if (place.kind !== 'address' || !place.country) return place
    const country = toCountryCode(place.country) ?? place.country.trim()
    // As long as the lexicon lets it be.
    if (country.length < 2 || country.length > 10)
      errors.push({ field: `locations.${i}.country`, message: 'Use a country code such as DE, or its English name.' })
    return { ...place, country }
  })
}

type TimeField = { field: 'startsAt' | 'endsAt' | 'rsvpDeadline'; timezone: string | null; errors: FieldError[] }

function readTimePatch(value: string | null | undefined, { field, timezone, errors }: TimeField) {
  if (value === undefined) return undefined
  if (value === null || value.trim() === '') return { at: null, allDay: false }
  const allDay = /^\d{4}-\d{2}-\d{2}$/.test(value)
  const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(value) && !allDay
  const at = hasOffset ? parseInstant(value) : toInstant(allDay ? `${value}T00:00` : value, timezone ?? 'UTC')
  const year = at?.getUTCFullYear() ?? 0
  if (at && year >= 1970 && year <= 2200) return { at, allDay }
  errors.push({ field, message: `Use ${timeHint}, between 1970 and 2200.` })
  return undefined
}

function parseInstant(text: string): Date | undefined {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? new Date(text) : undefined
  return at && !Number.isNaN(at.getTime()) ? at : undefined
}

type Together = {
  errors: FieldError[]
  before: EventContent
  isTouched: (...names: ('startsAt' | 'endsAt' | 'waitlist' | 'capacity' | 'uris')[]) => boolean
}

/** What another app wrote in a record, however odd, is no reason to refuse an edit of something else. */
function checkTogether({ startsAt, endsAt, ...content }: EventContent, { errors, before, isTouched }: Together): void {
  const has = (field: string) => errors.some((error) => error.field === field)
  const areTimes = isTouched('startsAt', 'endsAt')
  if (areTimes && endsAt && !startsAt && !has('startsAt'))
    errors.push({ field: 'startsAt', message: 'Say when it starts, or leave the end empty too.' })
  if (areTimes && startsAt && endsAt && endsAt < startsAt && !has('endsAt'))
    errors.push({ field: 'endsAt', message: 'The end is before the start.' })
  if (isTouched('waitlist', 'capacity') && content.hasWaitlist && content.capacity === null && !has('capacity'))
    errors.push({ field: 'capacity', message: 'A waitlist needs a number of places.' })
  for (const [i, { uri }] of content.uris.entries()) {
    if (!isLink(uri) && !before.uris.some((kept) => kept.uri === uri))
      errors.push({ field: `uris.${i}.uri`, message: 'Use a web address, such as https://example.org.' })
  }
}

/** With or without its scheme; what a record brought stays as it is. */
function isLink(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\S+$/i.test(uri) || /^[^\s:/]+\.[^\s:/]+(?:\/\S*)?$/.test(uri)
}

/** `example.org` is written as `https://example.org`. */
export function withScheme(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(uri) ? uri : `https://${uri}`
}

function definedOf<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>
  }
}
