import type { AccountRow } from '../../accounts/account.ts'
import { findAccountByDid } from '../../accounts/account-store.ts'
import { toAtUri } from '../../atproto/at-uri.ts'
import { eventCollection, isCalendarCollection } from '../../atproto/collections.ts'
import { AppError } from '../../base/errors.ts'
import type { EventRow } from '../../events/event-row.ts'
import { findEventByUri } from '../../events/event-store.ts'
import { type RecordRow, findRecord } from '../../records/record-store.ts'
import { findEventOfAnswer } from '../../rsvps/rsvp-store.ts'
import { page } from '../kernel/page.ts'
import { type Policy, type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import { RecordPage } from '../pages/record-page.tsx'
import { toRecordView } from '../view/to-record-view.ts'
import { maySeeEvent } from './may-see-event.ts'

type Found = { record: RecordRow; author: AccountRow | undefined; event: EventRow | undefined }

/** Records are public, unless what they are about is not, or not any more, or their person is away. */
const recordReader: Policy<Found> = {
  name: 'anyone who may see the event it is, or answers',
  async admit(request) {
    const { services, params, viewer } = request
    const { did = '', collection = '', rkey = '' } = params
    const record = isCalendarCollection(collection)
      ? await findRecord(services.db, toAtUri({ did, collection, rkey }))
      : undefined
    if (!record) throw unknownRecord()
    const [author, event] = await Promise.all([findAccountByDid(services.db, did), findEventOf(request, record)])
    const isSelf = viewer !== null && viewer.account.did === did
    const isAway = author && (author.repo_status !== 'active' || author.unlisted_at !== null)
    if ((isAway && !isSelf) || (event && !(await maySeeEvent(request, event)))) throw unknownRecord()
    // Ours, and never written: without its event nobody can say whether it was to be seen.
    if (record.origin === 'here' && !event && !isSelf && !record.deleted) throw unknownRecord()
    return { record, author, event }
  },
}

const recordRoute = pageRoute({
  method: 'GET',
  path: '/at/:did/:collection/:rkey',
  policy: recordReader,
  handle: async ({ request, subject: { record, author, event } }) => {
    const view = toRecordView(record, { author, event })
    return page(request, 200, (shell) => <RecordPage shell={shell} view={view} />)
  },
})

async function findEventOf(
  { services: { db } }: WebRequest,
  { collection, uri }: RecordRow,
): Promise<EventRow | undefined> {
  return collection === eventCollection ? findEventByUri(db, uri) : findEventOfAnswer(db, uri)
}

function unknownRecord(): AppError {
  return new AppError('not-found', 'This record is not known here, or it is not shown.')
}

export const recordRoutes: Route[] = [recordRoute]
