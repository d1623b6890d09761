import { t } from '../messages.ts'
import { initials, type PersonView } from '../view/person-view.ts'
import { VerifiedBadge } from './icons.tsx'

/** A person's picture or initials. Decorative: the name stands beside it, or in the link's label. */
export function Face({ person, size = 's' }: { person: PersonView; size?: 'xs' | 's' | 'm' | 'l' }) {
  if (person.avatar)
    return (
      <img
        class={`face face-${size}`}
        src={person.avatar}
        alt=""
        width="96"
        height="96"
        loading="lazy"
        decoding="async"
      />
    )
  return (
    <span class={`face face-${size} hue-${person.hue}`} aria-hidden="true">
      {initials(person.name)}
    </span>
  )
}

/** `@handle` with its badge; nothing where there is none. */
export function Handle({ person }: { person: PersonView }) {
  if (!person.handle) return null
  return (
    <span class="handle">
      @{person.handle}
      {person.isVerified && <VerifiedBadge label={t.shell.verified} />}
    </span>
  )
}

/** Face, name and handle as one link to the profile. */
export function PersonLink({ person, note }: { person: PersonView; note?: string }) {
  return (
    <a class="person" href={person.path}>
      <Face person={person} size="m" />
      <span>
        <strong>{person.name}</strong>
        <small>
          <Handle person={person} />
          {note && <span class="muted">{note}</span>}
        </small>
      </span>
    </a>
  )
}
