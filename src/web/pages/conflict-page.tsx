import { t } from '../messages.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Layout } from '../ui/layout.tsx'
import { Ago } from '../ui/time-text.tsx'
import type { ConflictFieldView, ConflictPageView, ConflictView } from '../view/conflict-view.ts'
import type { Shell } from '../view/shell.ts'

/** Two versions of one event, field by field, and which of them shall count. */
export function ConflictPage({ shell, view }: { shell: Shell; view: ConflictPageView }) {
  const { conflict } = t.event
  return (
    <Layout shell={shell} title={conflict.title} hue={view.event.hue} isPrivate class="medium">
      <header class="page-head">
        <div>
          <a class="kicker" href={view.event.path}>
            {view.event.name || t.shell.untitled}
          </a>
          <h1>{conflict.title}</h1>
          {view.conflicts.length > 0 && <p>{conflict.lead}</p>}
        </div>
      </header>
      {view.conflicts.length === 0 && (
        <EmptyState title={conflict.none} text="" seed={31} hue={8}>
          <a class="btn" href={view.event.path}>
            {t.shell.back}
          </a>
        </EmptyState>
      )}
      {view.conflicts.map((one) => (
        <ConflictCard key={one.id} conflict={one} path={view.event.path} shell={shell} />
      ))}
    </Layout>
  )
}

function ConflictCard({ conflict, path, shell }: { conflict: ConflictView; path: string; shell: Shell }) {
  return (
    <form method="post" action={`${path}/resolve`} class="card conflict">
      <input type="hidden" name="conflictId" value={conflict.id} />
      {conflict.fields.map((field) => (
        <FieldVersions key={field.field} field={field} />
      ))}
      <footer>
        <p class="note">
          <Ago at={conflict.detectedAt} shell={shell} />. {t.event.conflict.hint}
        </p>
        <div class="actions">
          <button class="btn primary" type="submit" name="choice" value="theirs">
            {t.event.conflict.keepTheirs}
          </button>
          <button class="btn" type="submit" name="choice" value="ours">
            {t.event.conflict.keepOurs}
          </button>
        </div>
      </footer>
    </form>
  )
}

function FieldVersions({ field }: { field: ConflictFieldView }) {
  const { conflict } = t.event
  return (
    <section class="versions" aria-label={fieldName(field.field)}>
      <h2>{fieldName(field.field)}</h2>
      <dl>
        <Version name={conflict.theirs} value={field.theirs} note={conflict.theirsNow} />
        <Version name={conflict.ours} value={field.ours} />
        <Version name={conflict.base} value={field.base} />
      </dl>
    </section>
  )
}

function Version({ name, value, note }: { name: string; value: string | null; note?: string }) {
  return (
    <div class={note ? 'version counts' : 'version'}>
      <dt>
        {name}
        {note && <span class="pill">{note}</span>}
      </dt>
      <dd>{value ?? <em class="muted">{t.event.conflict.notSet}</em>}</dd>
    </div>
  )
}

/** `startsAt` as Start; a field without a word of ours by its own name. */
function fieldName(field: string): string {
  return t.event.conflict.fields[field] ?? field
}
