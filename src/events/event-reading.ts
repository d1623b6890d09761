import type { RecordOp } from '../atproto/record-op.ts'
import { readEventRecord } from './event-record.ts'

export type EventReading = ReturnType<typeof readEventRecord>

/** What an op's record says of its event; undefined for a delete, and for a record that says nothing at all. */
export function readEventOp({ record, rkey }: RecordOp): EventReading | undefined {
  const reading = record && readEventRecord(record, rkey)
  return reading && saysAnything(reading) ? reading : undefined
}

function saysAnything({ details }: EventReading): boolean {
  const { name, description, startsAt, locations, uris, picture } = details
  return (
    name !== '' || description !== '' || startsAt !== null || locations.length + uris.length > 0 || picture !== null
  )
}
