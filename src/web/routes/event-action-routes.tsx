import { z } from 'zod'
import { eventUrlPath } from '../../events/event-store.ts'
import { getEventSync } from '../../events/event-sync.ts'
import { duplicateEvent } from '../../events/duplicate-event.ts'
import { syncEvent } from '../../events/sync-event.ts'
import { deleteEvent } from '../../events/write-event.ts'
import { changeEvent } from '../../rsvps/change-event.ts'
import { countAnswers } from '../../rsvps/rsvp-store.ts'
import { page, seeOtherWithFlash } from '../kernel/page.ts'
import { type Route, pageRoute } from '../kernel/route.ts'
import { ConfirmPage } from '../pages/confirm-page.tsx'
import type { ConfirmPageView } from '../view/event-view.ts'
import { hueOf } from '../view/hue.ts'
import { toWhen } from '../view/to-event-card.ts'
import { eventOwner } from './event-policies.ts'

const policy = eventOwner
/** Buttons that say all by their address. */
const body = z.object({})

function confirmRoute(action: ConfirmPageView['action']): Route {
  return pageRoute({
    method: 'GET',
    path: `/events/:slug/${action}`,
    policy,
    handle: async ({ request, subject: { event } }) => {
      const { db } = request.services
      const [{ going, interested }, { cid, isDeleted }] = await Promise.all([
        countAnswers(db, event.id),
        getEventSync(db, event.id),
      ])
      const view: ConfirmPageView = {
        event: {
          slug: event.slug,
          path: eventUrlPath(event),
          name: event.name,
          hue: hueOf(event.slug),
          when: toWhen(event),
        },
        action,
        going,
        interested,
        isPublished: cid !== null && !isDeleted,
      }
      return page(request, 200, (shell) => <ConfirmPage shell={shell} view={view} />)
    },
  })
}

const cancelRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/cancel',
  policy,
  body,
  handle: async ({ request, subject: { event, account } }) => {
    await changeEvent(request.services.db, account, { id: event.id, patch: { status: 'cancelled' } })
    return seeOtherWithFlash(request, eventUrlPath(event), 'event-cancelled')
  },
})

const deleteRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/delete',
  policy,
  body,
  handle: async ({ request, subject: { event, account } }) => {
    await deleteEvent(request.services.db, account, event.id)
    return seeOtherWithFlash(request, '/me/events', 'event-deleted')
  },
})

const publishRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/publish',
  policy,
  body,
  handle: async ({ request, subject: { event, account } }) => {
    await changeEvent(request.services.db, account, { id: event.id, patch: { draft: false } })
    return seeOtherWithFlash(request, eventUrlPath(event), 'event-published')
  },
})

const duplicateRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/duplicate',
  policy,
  body,
  handle: async ({ request, subject: { event, account } }) => {
    const copy = await duplicateEvent(request.services.db, account, event)
    return seeOtherWithFlash(request, `${eventUrlPath(copy)}/edit`, 'event-duplicated')
  },
})

const syncRoute = pageRoute({
  method: 'POST',
  path: '/events/:slug/sync',
  policy,
  body,
  handle: async ({ request, subject: { event, account } }) => {
    const { db, config } = request.services
    const outcome = await syncEvent(db, account, { id: event.id, publicUrl: config.publicUrl })
    return seeOtherWithFlash(request, `${eventUrlPath(event)}#bluesky`, `sync-${outcome}`)
  },
})

export const eventActionRoutes: Route[] = [
  confirmRoute('cancel'),
  confirmRoute('delete'),
  cancelRoute,
  deleteRoute,
  publishRoute,
  duplicateRoute,
  syncRoute,
]
