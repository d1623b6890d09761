import { t } from '../messages.ts'
import { Face, Handle } from '../ui/face.tsx'
import { Layout } from '../ui/layout.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { Ago } from '../ui/time-text.tsx'
import type { GuestsPageView, GuestTab, GuestView } from '../view/event-view.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: GuestsPageView }

/** Who answered what; the host approves here. */
export function GuestsPage({ shell, view }: Props) {
  return (
    <Layout
      shell={shell}
      title={`${t.event.guests.title} · ${view.event.name}`}
      hue={view.event.hue}
      live={`event:${view.eventId}`}
      isPrivate
      class="medium"
    >
      <header class="page-head">
        <div>
          <a class="kicker" href={view.event.path}>
            {view.event.name || t.shell.untitled}
          </a>
          <h1>{t.event.guests.title}</h1>
        </div>
      </header>
      <div id="guests" data-live>
        <Tabs label={t.event.guests.title} tabs={tabsOf(view)} />
        {view.guests.length === 0 ? (
          <p class="empty-line">{t.event.guests.empty[view.tab]}</p>
        ) : (
          <ul role="list" class="card guest-list">
            {view.guests.map((guest) => (
              <li key={guest.accountId}>
                <GuestRow guest={guest} view={view} shell={shell} />
              </li>
            ))}
          </ul>
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

function tabsOf(view: GuestsPageView) {
  const { counts, tab: current } = view
  const shown: GuestTab[] = ['going', 'interested', 'notgoing', 'waitlisted', 'pending']
  return shown
    .filter((tab) => tab === current || tab === 'going' || tab === 'interested' || counts[tab] > 0)
    .map((tab) => ({
      label: t.event.guests.tabs[tab],
      href: `${view.event.path}/guests?tab=${tab}`,
      isCurrent: tab === current,
      count: counts[tab],
    }))
}

function GuestRow({ guest, view, shell }: { guest: GuestView; view: GuestsPageView; shell: Shell }) {
  return (
    <div class="guest">
      <a class="person" href={guest.path}>
        <Face person={guest} size="m" />
        <span>
          <strong>{guest.name}</strong>
          <small>
            <Handle person={guest} />
          </small>
        </span>
      </a>
      <p class="guest-facts">
        {guest.guests > 0 && <span class="pill">{t.event.guests.plusGuests(guest.guests)}</span>}
        <small class="muted">
          <Ago at={guest.answeredAt} shell={shell} />
          {guest.source === 'network' && `, ${t.event.guests.viaNetwork}`}
        </small>
      </p>
      {view.canManage && guest.answer && (
        <blockquote class="guest-answer">
          {view.question && <small class="muted">{view.question}</small>}
          {guest.answer}
        </blockquote>
      )}
      {view.canManage && view.tab === 'pending' && <Decision guest={guest} view={view} />}
    </div>
  )
}

function Decision({ guest, view }: { guest: GuestView; view: GuestsPageView }) {
  return (
    <form method="post" action={`${view.event.path}/approve`} class="actions decision">
      <input type="hidden" name="accountId" value={guest.accountId} />
      <input type="hidden" name="tab" value={view.tab} />
      <button
        class="btn small primary"
        type="submit"
        name="decision"
        value="approve"
        aria-label={t.event.guests.approveName(guest.name)}
      >
        {t.event.guests.approve}
      </button>
      <button
        class="btn small"
        type="submit"
        name="decision"
        value="decline"
        aria-label={t.event.guests.declineName(guest.name)}
      >
        {t.event.guests.decline}
      </button>
    </form>
  )
}
