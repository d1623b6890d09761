import { t } from '../messages.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { EventGrid, EventTimeline } from '../ui/event-list.tsx'
import { ExploreFilterBar, SearchForm } from '../ui/explore-filters.tsx'
import { Layout } from '../ui/layout.tsx'
import type { EventCardView } from '../view/event-view.ts'
import { type ExplorePageView, isFiltered } from '../view/explore-view.ts'
import type { Shell } from '../view/shell.ts'

const week = 7 * 24 * 3_600_000

/** What is on: now, this week, later; or whatever the filters in the URL ask for. */
export function ExplorePage({ shell, view }: { shell: Shell; view: ExplorePageView }) {
  return (
    <Layout
      shell={shell}
      title={view.filters.q ? t.explore.results(view.filters.q) : t.explore.title}
      description={t.explore.description}
      live="explore"
      current="discover"
    >
      <header class="hero">
        <h1>{t.explore.title}</h1>
        <p>{t.explore.lead}</p>
        <SearchForm filters={view.filters} />
      </header>
      <ExploreFilterBar filters={view.filters} />
      <div id="events" class="sections" data-live>
        {isFiltered(view.filters) ? <Results shell={shell} view={view} /> : <FrontPage shell={shell} view={view} />}
        {view.nextPath && (
          <p class="pages">
            <a class="btn" href={view.nextPath}>
              {t.shell.more}
            </a>
          </p>
        )}
      </div>
    </Layout>
  )
}

function FrontPage({ shell, view }: { shell: Shell; view: ExplorePageView }) {
  const soon = view.events.filter((event) => isSoon(event, shell.now))
  const featured = soon.slice(0, soon.length - (soon.length > 3 ? soon.length % 3 : 0)).slice(0, 6)
  const later = view.events.filter((event) => !featured.includes(event))
  if (view.now.length + view.events.length === 0) return <Nothing filter="none" />
  return (
    <>
      <Section title={t.explore.now} events={view.now} shell={shell} />
      <Section title={t.explore.thisWeek} events={featured} shell={shell} isCompact />
      {later.length > 0 && (
        <section class="list-section" aria-labelledby="later">
          <h2 id="later">{featured.length > 0 ? t.explore.later : t.explore.upcoming}</h2>
          <EventTimeline events={later} shell={shell} />
        </section>
      )}
    </>
  )
}

function Section({
  title,
  events,
  shell,
  isCompact = false,
}: {
  title: string
  events: EventCardView[]
  shell: Shell
  isCompact?: boolean
}) {
  if (events.length === 0) return null
  return (
    <section class="list-section" aria-label={title}>
      <h2>{title}</h2>
      <EventGrid events={events} shell={shell} isCompact={isCompact} />
    </section>
  )
}

function Results({ shell, view }: { shell: Shell; view: ExplorePageView }) {
  const { q, when } = view.filters
  const isOnlyDay = (when === 'today' || when === 'past') && !q
  if (view.events.length === 0) return <Nothing filter={isOnlyDay ? when : 'filtered'} />
  return (
    <section class="list-section" aria-labelledby="results">
      <h2 id="results">{q ? t.explore.results(q) : t.explore.whens[when]}</h2>
      <EventTimeline events={view.events} shell={shell} />
    </section>
  )
}

function Nothing({ filter }: { filter: string }) {
  const [title, text] = t.explore.empty[filter] ?? ['', '']
  return (
    <EmptyState title={title} text={text} seed={77} hue={9}>
      {filter === 'none' ? (
        <a class="btn primary" href="/events/new">
          {t.shell.createEvent}
        </a>
      ) : (
        <a class="btn" href="/">
          {t.explore.showAll}
        </a>
      )}
    </EmptyState>
  )
}

function isSoon(event: EventCardView, now: Date): boolean {
  const { startsAt } = event.when
  return startsAt !== null && startsAt.getTime() - now.getTime() < week
}
