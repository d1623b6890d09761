import { t } from '../messages.ts'
import type { EventPageView } from '../view/event-view.ts'
import { tileDate } from '../view/format-time.ts'
import { type PlaceView, toPlace } from '../view/place.ts'
import { hostOf, safeHref } from '../view/safe-href.ts'
import type { Shell } from '../view/shell.ts'
import { Icon, type IconName } from './icons.tsx'
import { longDateText, TimeLine, zoneOf } from './time-text.tsx'

type Props = { view: EventPageView; shell: Shell }

/** When and where: every place the record names, every way to join. */
export function EventFacts({ view, shell }: Props) {
  const places = view.locations.map(toPlace).filter((place) => place !== null)
  const links = view.uris.flatMap((uri) => linkOf(uri.uri, uri.name))
  const isOnline = view.mode === 'virtual' || view.mode === 'hybrid'
  return (
    <ul role="list" class="facts" id="facts" data-live>
      <WhenFact view={view} shell={shell} />
      {places.map((place) => (
        <PlaceFact key={`${place.title} ${place.detail}`} place={place} />
      ))}
      {places.length === 0 && !isOnline && <Fact icon="pin" title={t.shell.placeToCome} />}
      {links.map((link) => (
        <LinkFact key={link.href} link={link} isOnline={isOnline} />
      ))}
      {isOnline && links.length === 0 && !places.some((place) => !place.isMap) && (
        <Fact icon="video" title={t.shell.online} />
      )}
    </ul>
  )
}

function WhenFact({ view, shell }: Props) {
  const { startsAt } = view.when
  if (!startsAt) return <Fact icon="calendar" title={t.shell.dateToCome} />
  const tile = tileDate(startsAt, zoneOf(view.when), shell.locale)
  return (
    <li>
      <span class="tile date" aria-hidden="true">
        <b>{tile.month}</b>
        <span>{tile.day}</span>
      </span>
      <div>
        <strong>
          <time datetime={startsAt.toISOString()}>{longDateText(view.when, shell)}</time>
        </strong>
        <small>
          <TimeLine when={view.when} shell={shell} />
        </small>
      </div>
    </li>
  )
}

function Fact({ icon, title }: { icon: IconName; title: string }) {
  return (
    <li>
      <span class="tile" aria-hidden="true">
        <Icon name={icon} />
      </span>
      <div>
        <strong>{title}</strong>
      </div>
    </li>
  )
}

function PlaceFact({ place }: { place: PlaceView }) {
  const detail = place.detail ?? (place.isMap ? t.event.map : null)
  return (
    <li>
      <span class="tile" aria-hidden="true">
        <Icon name={place.isMap || !place.href ? 'pin' : 'globe'} />
      </span>
      <div>
        <strong>{place.title}</strong>
        {place.href && (
          <small>
            <a href={place.href} rel="nofollow ugc noopener" title={place.isMap ? t.event.map : undefined}>
              {detail ?? hostOf(place.href)}
            </a>
          </small>
        )}
        {!place.href && detail && <small>{detail}</small>}
      </div>
    </li>
  )
}

type Link = { href: string; name: string }

function linkOf(uri: string, name: string | undefined): Link[] {
  const href = safeHref(uri)
  return href ? [{ href, name: name?.trim() || '' }] : []
}

function LinkFact({ link, isOnline }: { link: Link; isOnline: boolean }) {
  return (
    <li>
      <span class="tile" aria-hidden="true">
        <Icon name={isOnline ? 'video' : 'link'} />
      </span>
      <div>
        <strong>{link.name || (isOnline ? t.event.join : t.event.links)}</strong>
        <small>
          <a href={link.href} rel="nofollow ugc noopener">
            {hostOf(link.href)}
          </a>
        </small>
      </div>
    </li>
  )
}
