import type { FieldError } from '../../base/errors.ts'
import type { EventUri, Location, Visibility } from '../../events/event.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'

/** A place as typed; what we cannot edit field by field travels along whole. */
export type LocationValues =
  | {
      kind: 'address'
      name: string
      street: string
      locality: string
      region: string
      postalCode: string
      country: string
    }
  | { kind: 'kept'; location: Location }

/** Everything typed into the form, as text, so that it can come back as it was. */
export type EventFormValues = {
  name: string
  description: string
  startDate: string
  startTime: string
  endDate: string
  endTime: string
  timezone: string
  mode: string
  status: string
  locations: LocationValues[]
  uris: { name: string; uri: string }[]
  /** CID of a stored picture; a file sent along is stored first, so that it survives every round trip. */
  pictureCid: string
  pictureAlt: string
  visibility: Visibility
  publishUnlisted: boolean
  rsvpExpected: boolean
  capacity: string
  waitlist: boolean
  approval: boolean
  approvalQuestion: string
  rsvpDeadline: string
  /** Of the event when the form was made: an edit over somebody else's edit is noticed. */
  version: string
}

/** `save` keeps draft or published as it is; the rest of the intents come back to the form. */
export type EventFormIntent =
  | { kind: 'save' | 'draft' | 'publish' | 'preview' | 'add-location' | 'add-uri' | 'remove-picture' }
  | { kind: 'remove-location' | 'remove-uri'; index: number }

export type EventFormPageView = {
  /** null: a new event. */
  event: { path: string; name: string; hue: number; isDraft: boolean; isPublished: boolean } | null
  values: EventFormValues
  errors: FieldError[]
  /** Path of the stored picture, if any. */
  pictureSrc: string | null
  /** Description as it will look; null until asked for. */
  showPreview: boolean
  /** The viewer's session with their PDS: says whether saving publishes. */
  connection: 'connected' | 'needs-reconnect' | 'none'
  /** Name of the input to stand in: the row just added. */
  focus: string | null
}

const maxLocations = 20
const maxUris = 20

const emptyAddress: LocationValues = {
  kind: 'address',
  name: '',
  street: '',
  locality: '',
  region: '',
  postalCode: '',
  country: '',
}

/** The form of a new event. `zone`: the viewer's own. */
export function emptyEventForm(zone: string | null): EventFormValues {
  return {
    name: '',
    description: '',
    startDate: '',
    startTime: '',
    endDate: '',
    endTime: '',
    timezone: zone ?? '',
    mode: 'inperson',
    status: 'scheduled',
    locations: [emptyAddress],
    uris: [{ name: '', uri: '' }],
    pictureCid: '',
    pictureAlt: '',
    visibility: 'public',
    publishUnlisted: false,
    rsvpExpected: true,
    capacity: '',
    waitlist: false,
    approval: false,
    approvalQuestion: '',
    rsvpDeadline: '',
    version: '',
  }
}

/** What a browser posted: names as in the page, rows as `locations.0.street`. Unknown names are left alone. */
export function readEventForm(form: FormData): { values: EventFormValues; intent: EventFormIntent } {
  const text = (name: string) => typedText(form.get(name))
  const visibility = text('visibility')
  const values: EventFormValues = {
    name: text('name'),
    description: text('description'),
    startDate: text('startDate'),
    startTime: text('startTime'),
    endDate: text('endDate'),
    endTime: text('endTime'),
    timezone: text('timezone'),
    // A mode of another app comes along hidden; one that was chosen comes after it.
    mode: typedText(form.getAll('mode').at(-1)) || 'inperson',
    status: text('status') || 'scheduled',
    locations: rowsOf(form, 'locations', maxLocations).map((row) => readLocation(form, row)),
    uris: rowsOf(form, 'uris', maxUris).map((row) => ({ name: text(`${row}.name`), uri: text(`${row}.uri`) })),
    pictureCid: text('pictureCid'),
    pictureAlt: text('pictureAlt'),
    visibility: visibility === 'unlisted' || visibility === 'private' ? visibility : 'public',
    publishUnlisted: form.has('publishUnlisted'),
    rsvpExpected: form.has('rsvpExpected'),
    capacity: text('capacity'),
    waitlist: form.has('waitlist'),
    approval: form.has('approval'),
    approvalQuestion: text('approvalQuestion'),
    rsvpDeadline: text('rsvpDeadline'),
    version: text('version'),
  }
  return { values, intent: readIntent(text('intent')) }
}

/** Browsers send CRLF for each line of a textarea; text is kept as people mean it. */
function typedText(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : ''
}

function rowsOf(form: FormData, list: string, max: number): string[] {
  const indexes = new Set<number>()
  for (const name of form.keys()) {
    const index = new RegExp(`^${list}\\.(\\d{1,3})\\.`).exec(name)?.[1]
    if (index !== undefined) indexes.add(Number(index))
  }
  return [...indexes]
    .sort((a, b) => a - b)
    .slice(0, max)
    .map((index) => `${list}.${index}`)
}

function readLocation(form: FormData, row: string): LocationValues {
  const text = (name: string) => typedText(form.get(`${row}.${name}`))
  const kept = keptLocation(text('kept'))
  if (kept) return { kind: 'kept', location: kept }
  return {
    kind: 'address',
    name: text('name'),
    street: text('street'),
    locality: text('locality'),
    region: text('region'),
    postalCode: text('postalCode'),
    country: text('country'),
  }
}

function keptLocation(json: string): Location | undefined {
  if (!json) return undefined
  try {
    const value: unknown = JSON.parse(json)
    return isJsonObject(value) && typeof value['kind'] === 'string' ? (value as unknown as Location) : undefined
  } catch {
    return undefined
  }
}

function readIntent(text: string): EventFormIntent {
  const [kind = '', index] = text.split(':')
  if (kind === 'remove-location' || kind === 'remove-uri') return { kind, index: Number(index) || 0 }
  if (kind === 'draft' || kind === 'publish' || kind === 'preview') return { kind }
  if (kind === 'add-location' || kind === 'add-uri' || kind === 'remove-picture') return { kind }
  return { kind: 'save' }
}

/** The values after a button that only changes the form. */
export function applyIntent(values: EventFormValues, intent: EventFormIntent): EventFormValues {
  if (intent.kind === 'add-location')
    return { ...values, locations: [...values.locations, emptyAddress].slice(0, maxLocations) }
  if (intent.kind === 'add-uri') return { ...values, uris: [...values.uris, { name: '', uri: '' }].slice(0, maxUris) }
  if (intent.kind === 'remove-location')
    return { ...values, locations: values.locations.filter((_, i) => i !== intent.index) }
  if (intent.kind === 'remove-uri') return { ...values, uris: values.uris.filter((_, i) => i !== intent.index) }
  if (intent.kind === 'remove-picture') return { ...values, pictureCid: '', pictureAlt: '' }
  return values
}

/** Where to go on typing after a button that changed the form. */
export function focusAfter(values: EventFormValues, intent: EventFormIntent): string | null {
  if (intent.kind === 'add-location') return `locations.${values.locations.length - 1}.name`
  return intent.kind === 'add-uri' ? `uris.${values.uris.length - 1}.uri` : null
}

/** Does this button write, or does it come back to the form? */
export function isWriting(intent: EventFormIntent): boolean {
  return intent.kind === 'save' || intent.kind === 'draft' || intent.kind === 'publish'
}

/** The body of `POST /api/events` that says the same; empty rows and fields are left out. Times are wall times in `timezone`. */
export function toEventBody(values: EventFormValues): JsonObject {
  return {
    name: values.name.trim(),
    description: values.description,
    startsAt: wallTime(values.startDate, values.startTime),
    endsAt: endOf(values),
    timezone: values.timezone.trim() || null,
    mode: values.mode,
    status: values.status,
    visibility: values.visibility,
    publishUnlisted: values.visibility === 'unlisted' && values.publishUnlisted,
    locations: values.locations.map(toLocationBody).filter((location) => location !== null),
    uris: values.uris.filter((row) => row.uri.trim() !== '').map(toUriBody),
    rsvpExpected: values.rsvpExpected,
    capacity: values.capacity.trim() === '' ? null : Number(values.capacity),
    waitlist: values.waitlist,
    approval: values.approval,
    approvalQuestion: values.approval ? values.approvalQuestion.trim() || null : null,
    rsvpDeadline: values.rsvpDeadline || null,
  }
}

/** On the day of the start where only the time was given; that day alone says nothing of an end. */
function endOf({ startDate, startTime, endDate, endTime }: EventFormValues): string | null {
  if (startTime && !endTime && endDate === startDate) return null
  return wallTime(endDate || (endTime ? startDate : ''), endTime)
}

function wallTime(date: string, time: string): string | null {
  if (!date) return null
  return time ? `${date}T${time}` : date
}

function toLocationBody(values: LocationValues): JsonObject | null {
  if (values.kind === 'kept') return values.location
  const { kind, ...fields } = values
  const filled = Object.entries(fields)
    .map(([name, text]) => [name, text.trim()] as const)
    .filter(([, text]) => text !== '')
  return filled.length === 0 ? null : { kind, ...Object.fromEntries(filled) }
}

function toUriBody(row: { name: string; uri: string }): EventUri & JsonObject {
  return { uri: row.uri.trim(), ...(row.name.trim() ? { name: row.name.trim() } : {}) }
}

/** The row of the form that an error of the body is about: rows that were left empty are not in the body. */
export function rowField(values: EventFormValues, field: string): string {
  const [, list, index, rest = ''] = /^(locations|uris)\.(\d+)(.*)$/.exec(field) ?? []
  if (list === undefined) return field
  const isFilled =
    list === 'uris'
      ? values.uris.map((row) => row.uri.trim() !== '')
      : values.locations.map((location) => toLocationBody(location) !== null)
  const rows = isFilled.flatMap((filled, row) => (filled ? [row] : []))
  return `${list}.${rows[Number(index)] ?? index}${rest}`
}

/** The input an error belongs to: dates are two inputs here, one field in the API. */
export function inputName(field: string): string {
  if (field === 'startsAt') return 'startDate'
  if (field === 'endsAt') return 'endDate'
  if (field === 'picture' || field.startsWith('picture.')) return 'picture'
  return field
}
