import { page } from '../kernel/page.ts'
import { type Route, pageRoute } from '../kernel/route.ts'
import { EventPage } from '../pages/event-page.tsx'
import { eventViewer } from './event-policies.ts'
import { loadEventPage } from './load-event-page.ts'

const eventPageRoute = pageRoute({
  method: 'GET',
  path: '/events/:slug',
  policy: eventViewer,
  handle: async ({ request, subject }) => {
    const view = await loadEventPage(request, subject)
    return page(request, 200, (shell) => <EventPage shell={shell} view={view} />)
  },
})

export const eventPageRoutes: Route[] = [eventPageRoute]
