import { t } from '../messages.ts'
import { Layout } from '../ui/layout.tsx'
import { longDateText } from '../ui/time-text.tsx'
import type { ConfirmPageView } from '../view/event-view.ts'
import type { Shell } from '../view/shell.ts'

/** Asks before an event is cancelled or deleted, and says whom it touches. */
export function ConfirmPage({ shell, view }: { shell: Shell; view: ConfirmPageView }) {
  const words = t.event.confirm[view.action]
  const people = view.going + view.interested
  return (
    <Layout shell={shell} title={words.title} hue={view.event.hue} isPrivate class="narrow">
      <form method="post" action={`${view.event.path}/${view.action}`} class="card dialog">
        <h1>{words.title}</h1>
        <p class="dialog-subject">
          <strong>{view.event.name || t.shell.untitled}</strong>
          <span class="muted">{longDateText(view.event.when, shell)}</span>
        </p>
        <p>{words.text}</p>
        {people > 0 && <p>{words.people(people)}</p>}
        {view.isPublished && <p>{words.published}</p>}
        <div class="dialog-actions">
          <button class="btn danger" type="submit">
            {words.yes}
          </button>
          <a class="btn" href={view.event.path}>
            {words.no}
          </a>
          {view.action === 'delete' && people > 0 && (
            <a class="btn quiet" href={`${view.event.path}/cancel`}>
              {t.event.confirm.instead}
            </a>
          )}
        </div>
      </form>
    </Layout>
  )
}
