import { t } from '../messages.ts'
import { BlueskyCard } from '../ui/bluesky-card.tsx'
import { CoverImage } from '../ui/cover-image.tsx'
import { EventActions, ManageBar } from '../ui/event-actions.tsx'
import { EventBanner } from '../ui/event-banner.tsx'
import { EventFacts } from '../ui/event-facts.tsx'
import { PersonLink } from '../ui/face.tsx'
import { Layout } from '../ui/layout.tsx'
import { RsvpCard } from '../ui/rsvp-card.tsx'
import { UnlistedNotice } from '../ui/unlisted-notice.tsx'
import { BlueskyPill } from '../ui/status-pill.tsx'
import { excerpt, renderDescription } from '../view/description.ts'
import { eventJsonLd } from '../view/event-json-ld.ts'
import type { EventPageView } from '../view/event-view.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: EventPageView }

export function EventPage({ shell, view }: Props) {
  const picture = view.cover.kind === 'picture' ? view.cover.src : undefined
  const isListed = view.visibility === 'public' && !view.isDraft && view.hiddenReason === null && view.isHostListed
  return (
    <Layout
      shell={shell}
      title={view.name || t.shell.untitled}
      description={excerpt(view.description)}
      picture={picture}
      hue={view.hue}
      live={`event:${view.id}`}
      isPrivate={!isListed}
      class="event"
      head={
        isListed && (
          <script
            type="application/ld+json"
            nonce={shell.nonce}
            dangerouslySetInnerHTML={{ __html: eventJsonLd(view, shell.publicUrl) }}
          />
        )
      }
    >
      <CoverImage cover={view.cover} hue={view.hue} class="main-cover" eager />
      <article class="main">
        <Heading view={view} />
        <EventBanner view={view} shell={shell} />
        {view.canManage && <ManageBar view={view} />}
        {view.canManage && !view.isHostListed && <UnlistedNotice text={t.event.hostUnlisted} />}
        <EventFacts view={view} shell={shell} />
        <RsvpCard view={view} shell={shell} />
        <EventActions view={view} shell={shell} />
        <About view={view} />
      </article>
      <aside class="side" aria-label={t.event.hostedBy}>
        <section class="section" aria-labelledby="host">
          <h2 id="host">{t.event.hostedBy}</h2>
          <PersonLink person={view.host} {...(view.host.isShadow ? { note: t.shell.shadow } : {})} />
        </section>
        <BlueskyCard view={view} shell={shell} />
      </aside>
    </Layout>
  )
}

function Heading({ view }: { view: EventPageView }) {
  return (
    <header class="heading" id="heading" data-live>
      {view.parent && (
        <a class="kicker" href={view.parent.path}>
          {t.event.talkOf(view.parent.name)}
        </a>
      )}
      <h1>{view.name || t.shell.untitled}</h1>
      <p class="badges">
        {view.visibility !== 'public' && <span class="pill">{t.shell[view.visibility]}</span>}
        <a class="pill-link" href="#bluesky">
          <BlueskyPill
            state={view.bluesky.state}
            isOwner={view.canManage}
            hasRecord={view.bluesky.recordPath !== null}
          />
        </a>
      </p>
    </header>
  )
}

function About({ view }: { view: EventPageView }) {
  const notes = view.flags.flatMap((flag) => t.event.flags[flag] ?? [])
  return (
    <section class="section" id="about" aria-labelledby="about-title" data-live>
      <h2 id="about-title">{t.event.about}</h2>
      {view.description.trim() === '' ? (
        <p class="note">{t.event.noDescription}</p>
      ) : (
        <div class="prose" dangerouslySetInnerHTML={{ __html: renderDescription(view.description, view.facets) }} />
      )}
      {notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
    </section>
  )
}
