import type { AccountRow } from '../../accounts/account.ts'
import { findSessionState } from '../../atproto/oauth-session-state.ts'
import type { EventRow } from '../../events/event-row.ts'
import { eventUrlPath } from '../../events/event-store.ts'
import { getEventSync } from '../../events/event-sync.ts'
import { maxUploadBytes } from '../../media/store-picture.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { signedIn } from '../kernel/policies.ts'
import { formBody } from '../kernel/read-body.ts'
import { buildPlainShell } from '../kernel/request-shell.ts'
import { type Route, type WebRequest, pageRoute } from '../kernel/route.ts'
import type { FlashCode } from '../messages.ts'
import { EventFormPage } from '../pages/event-form-page.tsx'
import {
  type EventFormIntent,
  type EventFormPageView,
  applyIntent,
  emptyEventForm,
  focusAfter,
  isWriting,
  readEventForm,
} from '../view/event-form.ts'
import { hueOf } from '../view/hue.ts'
import { imagePath } from '../view/person-view.ts'
import { toEventForm } from '../view/to-event-form.ts'
import { eventOwner } from './event-policies.ts'
import { type FormAgain, type FormTry, takePicture, writeEventForm } from './submit-event-form.ts'

/** The picture and a description around it. */
const maxBodyBytes = maxUploadBytes + 1024 * 1024

const newRoute = pageRoute({
  method: 'GET',
  path: '/events/new',
  policy: signedIn,
  handle: async ({ request, subject: account }) => {
    const values = emptyEventForm(buildPlainShell(request).zone)
    return showForm(request, { account, event: undefined, values })
  },
})

const createRoute = pageRoute({
  method: 'POST',
  path: '/events',
  policy: signedIn,
  body: formBody,
  maxBodyBytes,
  handle: async ({ request, subject: account, body }) => takeForm(request, { account, event: undefined }, body),
})

const editRoute = pageRoute({
  method: 'GET',
  path: '/events/:slug/edit',
  policy: eventOwner,
  handle: async ({ request, subject: { event, account } }) =>
    showForm(request, { account, event, values: toEventForm(event, request.services.config.publicUrl) }),
})

const saveRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/edit',
  policy: eventOwner,
  body: formBody,
  maxBodyBytes,
  handle: async ({ request, subject, body }) => takeForm(request, subject, body),
})

type Asked = Pick<FormTry, 'account' | 'event'>

async function takeForm(request: WebRequest, asked: Asked, form: FormData): Promise<Response> {
  const { db } = request.services
  const { values: typed, intent } = readEventForm(form)
  const picture = await takePicture(db, asked.account.id, form)
  const values = { ...typed, ...(picture.cid !== undefined && { pictureCid: picture.cid }) }
  if (picture.errors.length > 0)
    return showForm(request, { ...asked, values }, { again: { status: 422, errors: picture.errors, values } })
  if (!isWriting(intent)) {
    const changed = applyIntent(values, intent)
    return showForm(request, { ...asked, values: changed }, { intent })
  }
  const written = await writeEventForm(request.services, { ...asked, values }, intent)
  if (!('slug' in written)) return showForm(request, { ...asked, values: written.values }, { again: written })
  return seeOtherWithFlash(request, eventUrlPath(written), flashAfter(asked.event, written))
}

function flashAfter(before: EventRow | undefined, event: EventRow): FlashCode {
  if (event.is_draft) return 'draft-saved'
  if (!before) return event.uri === null ? 'event-created' : 'event-created-publishing'
  return before.is_draft ? 'event-published' : 'event-saved'
}

type Shown = { intent?: EventFormIntent; again?: FormAgain }

async function showForm(request: WebRequest, tried: FormTry, { intent, again }: Shown = {}): Promise<Response> {
  const { account, event, values } = tried
  const view: EventFormPageView = {
    event: event ? await toEventHead(request, event) : null,
    values,
    errors: again?.errors ?? [],
    pictureSrc: values.pictureCid === '' ? null : imagePath(account.did, values.pictureCid, 'cover'),
    showPreview: intent?.kind === 'preview',
    connection: await findConnection(request, account),
    focus: intent ? focusAfter(values, intent) : null,
  }
  return page(request, again?.status ?? 200, (shell) => <EventFormPage shell={shell} view={view} />)
}

async function toEventHead(request: WebRequest, event: EventRow): Promise<EventFormPageView['event']> {
  const { cid, isDeleted } = await getEventSync(request.services.db, event.id)
  return {
    path: eventUrlPath(event),
    name: event.name,
    hue: hueOf(event.slug),
    isDraft: event.is_draft,
    isPublished: cid !== null && !isDeleted,
  }
}

async function findConnection({ services }: WebRequest, { did }: AccountRow): Promise<EventFormPageView['connection']> {
  const session = did === null ? undefined : await findSessionState(services.db, did)
  return session?.state ?? 'none'
}

export const eventFormRoutes: Route[] = [newRoute, createRoute, editRoute, saveRoute]
