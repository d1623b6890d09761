import { t } from '../messages.ts'
import { eventPhase } from '../view/event-phase.ts'
import type { EventCardView } from '../view/event-view.ts'
import { shortDate } from '../view/format-time.ts'
import type { Shell } from '../view/shell.ts'
import { CoverImage } from './cover-image.tsx'
import { Face } from './face.tsx'
import { Icon } from './icons.tsx'
import { BlueskyPill, NetworkBadge } from './status-pill.tsx'
import { cardTime, type DayGroup, groupByDay, nearDay, untilText, zoneOf } from './time-text.tsx'

type ListProps = { events: EventCardView[]; shell: Shell; level?: 2 | 3; showSource?: boolean }
type GridProps = { events: EventCardView[]; shell: Shell; isCompact?: boolean }

/** Events by day along a line, as an agenda. */
export function EventTimeline({ events, shell, level = 3, showSource = true }: ListProps) {
  return (
    <ol role="list" class="timeline">
      {groupByDay(events).map((group) => (
        <li key={`${group.key} ${group.events[0]?.slug}`} class="day">
          <DayLabel group={group} shell={shell} level={level} />
          <ul role="list">
            {group.events.map((event) => (
              <li key={event.slug}>
                <EventRowCard event={event} shell={shell} showSource={showSource} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  )
}

function DayLabel({ group, shell, level }: { group: DayGroup; shell: Shell; level: 2 | 3 }) {
  const Heading = level === 2 ? 'h2' : 'h3'
  const first = group.events[0]
  if (!group.at || !first) return <Heading class="day-label">{t.shell.dateToCome}</Heading>
  const near = nearDay(group.key, shell)
  const date = shortDate(group.at, zoneOf(first.when), shell.locale, shell.now)
  return (
    <Heading class="day-label">
      <time datetime={group.key}>{near ?? date}</time>
      {near && <small>{date}</small>}
    </Heading>
  )
}

/** One line of the agenda: facts left, picture right, the whole card one link. */
function EventRowCard({ event, shell, showSource }: { event: EventCardView; shell: Shell; showSource: boolean }) {
  return (
    <article class={`row-card hue-${event.hue}`}>
      <div class="row-body">
        <CardTime event={event} shell={shell} withDay={false} />
        <p class="row-title">
          <CardLink event={event} />
        </p>
        <CardFacts event={event} showSource={showSource} />
      </div>
      <CoverImage cover={event.cover} hue={event.hue} decorative />
    </article>
  )
}

/** A picture above its facts, for the first look; `isCompact`: beside them on phones. */
export function EventGrid({ events, shell, isCompact = false }: GridProps) {
  return (
    <ul role="list" class={isCompact ? 'grid compact' : 'grid'}>
      {events.map((event, i) => (
        <li key={event.slug}>
          <article class={`tile-card hue-${event.hue}`}>
            <CoverImage cover={event.cover} hue={event.hue} decorative eager={i < 3} />
            <div class="row-body">
              <CardTime event={event} shell={shell} withDay />
              <h3 class="row-title">
                <CardLink event={event} />
              </h3>
              <CardFacts event={event} showSource />
            </div>
          </article>
        </li>
      ))}
    </ul>
  )
}

function CardLink({ event }: { event: EventCardView }) {
  return (
    <a class="cover-link" href={event.path}>
      {event.name || t.shell.untitled}
    </a>
  )
}

function CardTime({ event, shell, withDay }: { event: EventCardView; shell: Shell; withDay: boolean }) {
  const { startsAt, endsAt } = event.when
  const isLive = eventPhase(event.when, shell.now) === 'live' && event.status !== 'cancelled'
  return (
    <p class="row-time">
      <CardState event={event} isLive={isLive} />
      {isLive && endsAt ? (
        <time datetime={endsAt.toISOString()}>{untilText(event.when, shell)}</time>
      ) : (
        startsAt && <time datetime={startsAt.toISOString()}>{cardTime(event.when, shell, withDay)}</time>
      )}
    </p>
  )
}

function CardFacts({ event, showSource }: { event: EventCardView; showSource: boolean }) {
  return (
    <>
      <p class="row-fact">
        <Face person={event.host} size="xs" />
        <span class="clip">{t.shell.by(event.host.name)}</span>
      </p>
      <PlaceLine event={event} />
      <CardBadges event={event} showSource={showSource} />
    </>
  )
}

function CardState({ event, isLive }: { event: EventCardView; isLive: boolean }) {
  if (event.status === 'cancelled') return <span class="pill bad">{t.shell.status['cancelled']}</span>
  if (event.status === 'postponed') return <span class="pill warn">{t.shell.status['postponed']}</span>
  return isLive ? <span class="pill dot live">{t.shell.liveNow}</span> : null
}

function PlaceLine({ event }: { event: EventCardView }) {
  const isOnline = event.mode === 'virtual'
  const place = isOnline ? t.shell.online : (event.place ?? t.shell.placeToCome)
  return (
    <p class="row-fact">
      <Icon name={isOnline ? 'video' : 'pin'} />
      <span class="clip">{event.mode === 'hybrid' ? `${place} · ${t.shell.online}` : place}</span>
    </p>
  )
}

function CardBadges({ event, showSource }: { event: EventCardView; showSource: boolean }) {
  const mine = event.mine && (event.mine.place === 'confirmed' ? event.mine.status : event.mine.place)
  const hasAny =
    mine ||
    event.going > 0 ||
    event.isDraft ||
    event.visibility !== 'public' ||
    event.bluesky ||
    (showSource && event.source === 'network')
  if (!hasAny) return null
  return (
    <p class="badges">
      {event.isDraft && <span class="pill">{t.shell.draft}</span>}
      {!event.isDraft && event.visibility !== 'public' && <span class="pill">{t.shell[event.visibility]}</span>}
      {mine && <span class={`pill ${mine === 'going' ? 'ok' : ''}`}>{t.shell.mine[mine]}</span>}
      {event.bluesky && <BlueskyPill state={event.bluesky} isOwner />}
      {event.going > 0 && <span class="badge">{t.shell.going(event.going)}</span>}
      {showSource && !event.bluesky && event.source === 'network' && <NetworkBadge />}
    </p>
  )
}
