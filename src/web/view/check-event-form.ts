import type { FieldError } from '../../base/errors.ts'
import type { EventFormValues } from './event-form.ts'

/** What only the form can be wrong about: parts of a time that say nothing without the others, numbers that are none. */
export function checkEventForm(values: EventFormValues): FieldError[] {
  const { startDate, startTime, endDate, endTime } = values
  const errors: FieldError[] = []
  if (!startDate && startTime) errors.push({ field: 'startsAt', message: 'Choose the day it starts, too.' })
  if (!startDate && !startTime && (endDate || endTime))
    errors.push({ field: 'startsAt', message: 'Say when it starts, or leave the end empty too.' })
  if (startDate && !startTime && endTime)
    errors.push({ field: 'startsAt', message: 'Give the start a time too, or leave out the time of the end.' })
  if (startTime && endDate && endDate !== startDate && !endTime)
    errors.push({ field: 'endsAt', message: 'Give the end a time too.' })
  if (!/^\s*\d*\s*$/.test(values.capacity))
    errors.push({ field: 'capacity', message: 'Write a number, or leave it empty.' })
  return errors
}
