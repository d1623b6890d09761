import { EventPage } from '../../src/web/pages/event-page.tsx'
import { ExplorePage } from '../../src/web/pages/explore-page.tsx'
import { pageHtml } from '../../src/web/pages/render-page.ts'
import type { Shell } from '../../src/web/view/shell.ts'
import { cards, liveCards, photoCover, sampleEvent } from './sample-events.ts'

type Render = (shell: Shell) => string

const allFilters = { q: '', when: 'upcoming', mode: 'all', source: 'all' } as const

/** Every page of the site with a sample view, by name. */
export const samplePages: Record<string, Render> = {
  explore: (shell) => pageHtml(ExplorePage, { shell, view: { filters: allFilters, now: liveCards, events: cards, nextPath: '/?cursor=x' } }),
  event: (shell) => pageHtml(EventPage, { shell, view: sampleEvent() }),
  'event-photo': (shell) => pageHtml(EventPage, { shell, view: sampleEvent({ cover: photoCover, hue: 4 }) }),
}
