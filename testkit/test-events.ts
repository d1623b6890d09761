import type { AccountRow } from '../src/accounts/account.ts'
import type { Op } from '../src/atproto/record-op.ts'
import type { EventInput } from '../src/events/event-input.ts'
import type { EventRow } from '../src/events/event-row.ts'
import { createEvent } from '../src/events/write-event.ts'
import { dispatchBatch } from '../src/ingest/dispatch.ts'
import { silentLog } from './silent-log.ts'
import { toMessages } from './calendar-ops.ts'
import type { TestWeb } from './test-web.ts'

const hour = 3_600_000

/** An instant so many hours from now, to the second. */
export function hoursFromNow(hours: number): Date {
  return new Date(Math.floor((Date.now() + hours * hour) / 1000) * 1000)
}

/** An event of this person, made as they would make it: published, three days from now. */
export async function addEvent(
  { services: { db } }: TestWeb,
  owner: AccountRow,
  input: Partial<EventInput> = {},
): Promise<EventRow> {
  return createEvent(db, owner, {
    name: 'Meetup',
    startsAt: hoursFromNow(72).toISOString(),
    endsAt: hoursFromNow(74).toISOString(),
    ...input,
  })
}

/** Takes ops in as if they came from the network. */
export async function ingest({ services: { db, config } }: TestWeb, ops: readonly Op[]): Promise<void> {
  await dispatchBatch({ db, log: silentLog, publicUrl: config.publicUrl }, 'test', { messages: toMessages(ops) })
}

/** What the worker does once the PDS has taken the record: it is on the network as it is here. */
export async function pretendPublished({ services: { db } }: TestWeb, uri: string, value: object): Promise<void> {
  await db.deleteFrom('outbox').where('uri', '=', uri).execute()
  const written = { cid: `bafy${uri.slice(-8)}`, rev: '3m2222222222a', value: JSON.stringify(value) }
  await db
    .updateTable('records')
    .set({ ...written, base: null, sync_status: 'IN_SYNC', synced_at: new Date() })
    .where('uri', '=', uri)
    .execute()
}
