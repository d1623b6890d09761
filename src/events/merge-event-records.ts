import { type MergeInput, type Merged, mergeRecords } from '../records/merge-record.ts'
import { readEventRecord } from './event-record.ts'

const rules = {
  // Facets are byte offsets into their own description.
  together: [['description', 'facets']],
  sets: ['uris'],
}

/** Three-way merge of an event's record: see mergeRecords. Times that make no sense together are theirs. */
export function mergeEventRecords(input: MergeInput): Merged {
  const { merged, lost } = mergeRecords(input, rules)
  const isReversed = (record: MergeInput['theirs']) => readEventRecord(record, '').flags.includes('endsAt.before-start')
  if (!isReversed(merged) || isReversed(input.theirs)) return { merged, lost }
  const changed = ['startsAt', 'endsAt'].filter((key) => merged[key] !== input.theirs[key])
  const { startsAt: _, endsAt: __, ...rest } = merged
  const { startsAt, endsAt } = input.theirs
  const times = { ...(startsAt !== undefined && { startsAt }), ...(endsAt !== undefined && { endsAt }) }
  return { merged: { ...rest, ...times }, lost: [...new Set([...lost, ...changed])] }
}
