import { isDeepStrictEqual } from 'node:util'
import type { AccountRow } from '../../accounts/account.ts'
import { AppError, type FieldError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Db } from '../../db/database.ts'
import { eventInputSchema, eventPatchSchema } from '../../events/event-input.ts'
import type { EventRow } from '../../events/event-row.ts'
import { findEventBySlug } from '../../events/event-store.ts'
import { createEvent } from '../../events/write-event.ts'
import { storePicture } from '../../media/store-picture.ts'
import { changeEvent } from '../../rsvps/change-event.ts'
import { toAppError } from '../kernel/problem.ts'
import { checkEventForm } from '../view/check-event-form.ts'
import { type EventFormIntent, type EventFormValues, rowField, toEventBody } from '../view/event-form.ts'
import { toEventForm } from '../view/to-event-form.ts'
import type { WebServices } from '../web-services.ts'
import { toFormErrors } from './form-errors.ts'

export type FormTry = { account: AccountRow; event: EventRow | undefined; values: EventFormValues }

/** The form comes back with what was typed. */
export type FormAgain = { status: number; errors: FieldError[]; values: EventFormValues }

/** A picture sent along is stored at once, so that the form need not send it again. */
export async function takePicture(
  db: Db,
  accountId: number,
  form: FormData,
): Promise<{ cid?: string; errors: FieldError[] }> {
  const file = form.get('picture')
  if (!(file instanceof File) || file.size === 0) return { errors: [] }
  try {
    const { cid } = await storePicture(db, { accountId, bytes: await file.bytes() })
    return { cid, errors: [] }
  } catch (error) {
    return { errors: toFormErrors(error, 'picture').errors }
  }
}

/** Writes what the form says, or answers why it could not. */
export async function writeEventForm(
  { db, config }: Pick<WebServices, 'db' | 'config'>,
  { account, event, values }: FormTry,
  intent: EventFormIntent,
): Promise<EventRow | FormAgain> {
  const errors = checkEventForm(values)
  if (errors.length > 0) return { status: 422, errors, values }
  try {
    if (!event) return await createEvent(db, account, toInput(values, intent))
    const patch = toPatch(values, toEventForm(event, config.publicUrl), intent)
    return await changeEvent(db, account, { id: event.id, patch })
  } catch (thrown) {
    return toFormAgain(db, { account, event, values }, thrown)
  }
}

async function toFormAgain(db: Db, { event, values }: FormTry, thrown: unknown): Promise<FormAgain> {
  const error = toAppError(thrown) ?? thrown
  if (error instanceof AppError && error.code === 'gone') throw error
  const { status, errors } = toFormErrors(error, 'name')
  const again = { status, errors: errors.map((one) => ({ ...one, field: rowField(values, one.field) })), values }
  if (!event || status !== 409) return again
  // Having been told, they may save over what somebody else has changed.
  const current = await findEventBySlug(db, event.slug)
  return { ...again, values: { ...values, version: String(current?.version ?? values.version) } }
}

function toInput(values: EventFormValues, intent: EventFormIntent) {
  return eventInputSchema.parse({ ...toBody(values), draft: intent.kind !== 'publish' })
}

/** What differs from what the form showed: the rest, which a form cannot say exactly, stays as it is. */
function toPatch(values: EventFormValues, before: EventFormValues, intent: EventFormIntent) {
  const body = toBody(values)
  const shown = toBody(before)
  const isMoved = !isDeepStrictEqual(body['timezone'], shown['timezone'])
  const changed = Object.entries(body).filter(
    ([key, value]) => !isDeepStrictEqual(value, shown[key]) || (isMoved && wallTimes.has(key)),
  )
  return eventPatchSchema.parse({
    ...Object.fromEntries(changed),
    ...(intent.kind === 'draft' && { draft: true }),
    ...(intent.kind === 'publish' && { draft: false }),
    ...(/^\d{1,9}$/.test(values.version) && { version: Number(values.version) }),
  })
}

const wallTimes = new Set(['startsAt', 'endsAt', 'rsvpDeadline'])

function toBody(values: EventFormValues): JsonObject {
  const { pictureCid: cid, pictureAlt } = values
  return { ...toEventBody(values), picture: cid === '' ? null : { cid, alt: pictureAlt.trim() } }
}
