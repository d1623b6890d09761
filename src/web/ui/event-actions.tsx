import { t } from '../messages.ts'
import { calendarLinks } from '../view/calendar-links.ts'
import type { EventPageView } from '../view/event-view.ts'
import type { Shell } from '../view/shell.ts'
import { Butterfly, Icon } from './icons.tsx'
import { Menu } from './menu.tsx'

type Props = { view: EventPageView; shell: Shell }

/** What anybody can do with an event: keep it in a calendar, pass it on. */
export function EventActions({ view, shell }: Props) {
  const url = `${shell.publicUrl}${view.path}`
  const links = calendarLinks(view, url)
  return (
    <div class="links">
      {links && (
        <Menu label={t.event.calendar.button} icon={<Icon name="calendar" />}>
          <a href={links.google} rel="noopener">
            {t.event.calendar.google}
          </a>
          <a href={links.outlook} rel="noopener">
            {t.event.calendar.outlook}
          </a>
          <a href={links.ics} download>
            {t.event.calendar.ics}
          </a>
        </Menu>
      )}
      <Menu label={t.event.share.button} icon={<Icon name="share" />}>
        <a
          href={`https://bsky.app/intent/compose?${new URLSearchParams({ text: `${view.name}\n${url}` })}`}
          rel="noopener"
        >
          <Butterfly />
          {t.event.share.post}
        </a>
        <button type="button" data-copy={url} data-copied={t.event.share.copied} hidden>
          <Icon name="copy" />
          {t.event.share.copy}
        </button>
        <label class="no-script">
          <span>{t.event.share.link}</span>
          <input readOnly value={url} />
        </label>
      </Menu>
    </div>
  )
}

/** The host's own tools. */
export function ManageBar({ view }: { view: EventPageView }) {
  const { manage } = t.event
  return (
    <nav id="manage" class="manage" aria-label={manage.title} data-live>
      {view.isDraft && <PostButton action={`${view.path}/publish`} label={manage.publish} class="btn small primary" />}
      <a class="btn small" href={`${view.path}/edit`}>
        <Icon name="edit" />
        {manage.edit}
      </a>
      <a class="btn small" href={`${view.path}/guests${view.approvalsWaiting > 0 ? '?tab=pending' : ''}`}>
        <Icon name="people" />
        {manage.guests}
        {view.approvalsWaiting > 0 && <span class="count">{manage.waiting(view.approvalsWaiting)}</span>}
      </a>
      <Menu label={manage.more}>
        <PostButton action={`${view.path}/duplicate`} label={manage.duplicate} />
        {view.bluesky.recordPath && <PostButton action={`${view.path}/sync`} label={manage.sync} />}
        {view.status !== 'cancelled' && !view.isDraft && <a href={`${view.path}/cancel`}>{manage.cancel}</a>}
        <a class="danger" href={`${view.path}/delete`}>
          {manage.delete}
        </a>
      </Menu>
    </nav>
  )
}

function PostButton({ action, label, class: name }: { action: string; label: string; class?: string }) {
  return (
    <form method="post" action={action}>
      <button type="submit" class={name}>
        {label}
      </button>
    </form>
  )
}
