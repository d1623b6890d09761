import { t } from '../messages.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { EventTimeline } from '../ui/event-list.tsx'
import { Face, Handle } from '../ui/face.tsx'
import { Butterfly, Icon } from '../ui/icons.tsx'
import { Layout } from '../ui/layout.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { Ago } from '../ui/time-text.tsx'
import { UnlistedNotice } from '../ui/unlisted-notice.tsx'
import { coverArt } from '../view/cover-art.ts'
import { renderDescription } from '../view/description.ts'
import { seedOf } from '../view/hue.ts'
import type { ProfilePageView, ProfileTab } from '../view/profile-view.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: ProfilePageView }

export function ProfilePage({ shell, view }: Props) {
  const { person } = view
  return (
    <Layout
      shell={shell}
      title={person.name}
      hue={person.hue}
      live={`account:${view.accountId}`}
      class="medium profile"
    >
      <Banner view={view} />
      <header class="profile-head" id="profile" data-live>
        <Face person={person} size="l" />
        <ProfileActions view={view} />
        <h1>{person.name}</h1>
        <p class="muted">
          <Handle person={person} />
          {person.isVerified && <span class="verified-words">{t.people.verified}</span>}
        </p>
        {view.bio && <div class="prose bio" dangerouslySetInnerHTML={{ __html: renderDescription(view.bio, null) }} />}
        <Counts view={view} shell={shell} />
      </header>
      {view.repoStatus !== 'active' && (
        <div class="notice warn">
          <Icon name="warning" />
          <p>{t.people.repo[view.repoStatus]}</p>
        </div>
      )}
      {person.isShadow && <ShadowNotice view={view} />}
      {view.isSelf && !view.isListed && <UnlistedNotice text={t.people.unlisted} />}
      {view.publishing && <Publishing view={view} />}
      <ProfileEvents shell={shell} view={view} />
    </Layout>
  )
}

function ProfileEvents({ shell, view }: Props) {
  const { person } = view
  return (
    <div id="profile-events" data-live>
      <Tabs label={person.name} tabs={tabsOf(view)} />
      {view.events.length === 0 ? (
        <EmptyState
          title={t.people.empty[view.tab]}
          text=""
          seed={seedOf(`${person.path}${view.tab}`)}
          hue={person.hue}
        />
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
  )
}

function Banner({ view }: { view: ProfilePageView }) {
  if (view.banner) {
    return (
      <div class="cover banner">
        <img src={view.banner} alt="" width="1500" height="500" />
      </div>
    )
  }
  return (
    <div
      class="cover banner"
      dangerouslySetInnerHTML={{ __html: coverArt(seedOf(view.person.path), view.person.hue) }}
    />
  )
}

function ProfileActions({ view }: { view: ProfilePageView }) {
  return (
    <div class="actions">
      {view.blueskyUrl && (
        <a class="btn small" href={view.blueskyUrl} rel="noopener">
          <Butterfly />
          {t.people.onBluesky}
        </a>
      )}
      {view.isSelf && (
        <a class="btn small" href="/settings">
          {t.people.edit}
        </a>
      )}
    </div>
  )
}

function Counts({ view, shell }: Props) {
  return (
    <div class="profile-counts">
      {view.followers !== null && <span>{t.people.followers(view.followers)}</span>}
      {view.following !== null && <span>{t.people.following(view.following)}</span>}
      {view.isSelf && view.person.did && (
        <form method="post" action={`${view.person.path}/refresh`}>
          <button class="link" type="submit">
            {t.people.refresh}
          </button>
          {view.refreshedAt && (
            <small>
              {' '}
              (<Ago at={view.refreshedAt} shell={shell} />)
            </small>
          )}
        </form>
      )}
    </div>
  )
}

/** Somebody we know from the network only: says so, and lets its person take over. */
function ShadowNotice({ view }: { view: ProfilePageView }) {
  const name = view.person.handle ? `@${view.person.handle}` : view.person.name
  const identifier = view.person.handle ?? view.person.did ?? ''
  const claim = new URLSearchParams({ return_to: view.person.path, reason: 'claim', identifier })
  const leave = new URLSearchParams({ return_to: '/settings#listing', reason: 'leave', identifier })
  return (
    <aside class="card shadow-notice" aria-labelledby="shadow">
      <Butterfly />
      <div>
        <h2 id="shadow">{t.people.shadow.title}</h2>
        <p>{t.people.shadow.text}</p>
        <p>
          {t.people.shadow.isItYou(name)} <a href={`/sign-in?${leave}`}>{t.people.shadow.leave}</a>
        </p>
      </div>
      <a class="btn" href={`/sign-in?${claim}`}>
        {t.people.shadow.claim}
      </a>
    </aside>
  )
}

function Publishing({ view }: { view: ProfilePageView }) {
  const { publishing } = view
  if (!publishing) return null
  const { synced, waiting, failed, isConnected, needsReconnect } = publishing
  return (
    <section class="card publishing" aria-labelledby="publishing">
      <Butterfly />
      <h2 id="publishing">{t.people.publishing.title}</h2>
      {isConnected ? (
        <p class="badges">
          <span class="pill dot ok">{t.people.publishing.synced(synced)}</span>
          {waiting > 0 && <span class="pill dot warn">{t.people.publishing.waiting(waiting)}</span>}
          {failed > 0 && <span class="pill dot bad">{t.people.publishing.failed(failed)}</span>}
        </p>
      ) : (
        <p class="note">{t.people.publishing.notConnected}</p>
      )}
      {(!isConnected || needsReconnect) && (
        <a class="btn small" href="/settings#connection">
          {needsReconnect ? t.shell.reconnect : t.bluesky.action.connect}
        </a>
      )}
    </section>
  )
}

function tabsOf(view: ProfilePageView) {
  const tabs: ProfileTab[] = ['hosting', 'going', 'past']
  return tabs.map((tab) => ({
    label: t.people.tabs[tab],
    href: tab === 'hosting' ? view.person.path : `${view.person.path}?tab=${tab}`,
    isCurrent: tab === view.tab,
  }))
}
