import { t } from '../messages.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { EventTimeline } from '../ui/event-list.tsx'
import { Layout } from '../ui/layout.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { seedOf } from '../view/hue.ts'
import type { MyEventsPageView, MyEventsTab } from '../view/profile-view.ts'
import type { Shell } from '../view/shell.ts'

const tabs: MyEventsTab[] = ['hosting', 'going', 'drafts', 'past']

/** The viewer's own calendar: what they host, where they go. */
export function MyEventsPage({ shell, view }: { shell: Shell; view: MyEventsPageView }) {
  const [title = '', text = ''] = t.people.mine.empty[view.tab] ?? []
  return (
    <Layout
      shell={shell}
      title={t.people.mine.title}
      current="mine"
      live={shell.viewer ? `account:${shell.viewer.id}` : undefined}
      isPrivate
      class="medium"
    >
      <header class="page-head">
        <h1>{t.people.mine.title}</h1>
      </header>
      <div id="my-events" data-live>
        <Tabs
          label={t.people.mine.title}
          tabs={tabs.map((tab) => ({
            label: t.people.tabs[tab],
            href: tab === 'hosting' ? '/me/events' : `/me/events?tab=${tab}`,
            isCurrent: tab === view.tab,
            count: view.counts[tab],
          }))}
        />
        {view.events.length === 0 ? (
          <EmptyState title={title} text={text} seed={seedOf(view.tab)} hue={view.tab === 'going' ? 9 : 1}>
            <a class="btn primary" href={view.tab === 'going' ? '/' : '/events/new'}>
              {view.tab === 'going' ? t.people.mine.discover : t.shell.createEvent}
            </a>
          </EmptyState>
        ) : (
          <EventTimeline events={view.events} shell={shell} level={2} />
        )}
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
