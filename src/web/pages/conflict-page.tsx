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
      <History history={view.history} shell={shell} />
    </Layout>
  )
}

type CardProps = { conflict: ConflictView; path: string; shell: Shell }

function ConflictCard({ conflict, path, shell }: CardProps) {
  const isSeveral = conflict.fields.length > 1
  return (
    <form method="post" action={`${path}/resolve`} class="card conflict">
      <input type="hidden" name="conflictId" value={conflict.id} />
      {conflict.fields.map((field) => (
        <FieldVersions key={field.field} field={field} isChoice={isSeveral} />
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
          {isSeveral && (
            <button class="btn" type="submit" name="choice" value="by-field">
              {t.event.conflict.byField}
            </button>
          )}
        </div>
      </footer>
    </form>
  )
}

/** What was decided, and what the versions said: nothing is thrown away. */
function History({ history, shell }: { history: ConflictView[]; shell: Shell }) {
  if (history.length === 0) return null
  return (
    <section class="conflict-history" aria-labelledby="history-title">
      <h2 id="history-title">{t.event.conflict.history}</h2>
      {history.map(({ id, settled, fields }) => (
        <details key={id} id={`conflict-${id}`} class="card conflict">
          <summary>
            {fields.map(({ field }) => fieldName(field)).join(', ')}: {settled && t.event.conflict.settled[settled.how]}
            {settled && (
              <small class="muted">
                {' '}
                <Ago at={settled.at} shell={shell} />
              </small>
            )}
          </summary>
          {fields.map((field) => (
            <FieldVersions key={field.field} field={field} isSettled />
          ))}
        </details>
      ))}
    </section>
  )
}

type FieldProps = { field: ConflictFieldView; isChoice?: boolean; isSettled?: boolean }

function FieldVersions({ field, isChoice = false, isSettled = false }: FieldProps) {
  const { conflict } = t.event
  const name = `keep.${field.field}`
  const label = (version: string) => `${fieldName(field.field)}: ${version}`
  return (
    <section class="versions" aria-label={fieldName(field.field)}>
      <h2>{fieldName(field.field)}</h2>
      <dl>
        <Version
          name={conflict.theirs}
          value={field.theirs}
          note={isSettled ? undefined : conflict.theirsNow}
          choice={isChoice ? { name, value: 'theirs', label: label(conflict.theirs), isChosen: true } : undefined}
        />
        <Version
          name={conflict.ours}
          value={field.ours}
          choice={isChoice ? { name, value: 'ours', label: label(conflict.ours), isChosen: false } : undefined}
        />
        <Version name={conflict.base} value={field.base} />
      </dl>
    </section>
  )
}

type VersionProps = {
  name: string
  value: string | null
  note?: string | undefined
  choice?: { name: string; value: string; label: string; isChosen: boolean } | undefined
}

function Version({ name, value, note, choice }: VersionProps) {
  return (
    <div class={note ? 'version counts' : 'version'}>
      <dt>
        {choice ? (
          <label>
            <input
              type="radio"
              name={choice.name}
              value={choice.value}
              checked={choice.isChosen}
              aria-label={choice.label}
            />{' '}
            {name}
          </label>
        ) : (
          name
        )}
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
