import { t } from '../messages.ts'
import { Face } from '../ui/face.tsx'
import { Layout } from '../ui/layout.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { Ago } from '../ui/time-text.tsx'
import type { AdminSessionView, AdminSessionsView } from '../view/admin-sessions-view.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: AdminSessionsView }

/** For administrators: every connection, what is wrong with it, and what can be done. */
export function AdminSessionsPage({ shell, view }: Props) {
  const words = t.admin.sessions
  const tabs = (['all', 'reconnect'] as const).map((tab) => ({
    label: `${words.tabs[tab]} (${view.counts[tab]})`,
    href: tab === 'all' ? '/admin/sessions' : `/admin/sessions?tab=${tab}`,
    isCurrent: tab === view.tab,
  }))
  return (
    <Layout
      shell={shell}
      title={words.title}
      hue={shell.viewer?.hue ?? 0}
      live={`account:${view.accountId}`}
      isPrivate
      class="medium admin"
    >
      <header class="page-head">
        <h1>{words.title}</h1>
        <p class="muted">{words.lead}</p>
      </header>
      <RunSection shell={shell} view={view} />
      <div id="sessions" data-live>
        <Tabs label={words.title} tabs={tabs} />
        {view.sessions.length === 0 ? (
          <p class="note">{words.none[view.tab]}</p>
        ) : (
          <ul role="list" class="entries card block">
            {view.sessions.map((session) => (
              <SessionEntry key={session.did} session={session} shell={shell} />
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

function RunSection({ shell, view: { run } }: Props) {
  const words = t.admin.sessions.run
  const isRunning = run !== null && run.finishedAt === null
  return (
    <section class="card block" id="run" aria-labelledby="run-title" data-live>
      <header class="section-head">
        <h2 id="run-title">{words.title}</h2>
      </header>
      <p class="note">{words.lead}</p>
      {run && <RunState run={run} shell={shell} />}
      {!isRunning && (
        <form method="post" action="/admin/sessions/renew-all" class="actions">
          <button class="btn small" type="submit">
            {words.start}
          </button>
        </form>
      )}
    </section>
  )
}

function RunState({ run, shell }: { run: NonNullable<AdminSessionsView['run']>; shell: Shell }) {
  const words = t.admin.sessions.run
  const done = run.total - run.waiting
  return (
    <>
      {run.finishedAt === null ? (
        <p class="progress">
          <progress value={done} max={Math.max(1, run.total)} aria-label={words.label} />
          <span data-say>{words.running(done, run.total)}</span>
        </p>
      ) : (
        <p class="note">
          {words.last}: <Ago at={run.finishedAt} shell={shell} />
        </p>
      )}
      <p class="badges">
        <span class="pill dot ok">{words.renewed(run.renewed)}</span>
        {run.reconnect > 0 && <span class="pill dot warn">{words.reconnect(run.reconnect)}</span>}
        {run.unavailable > 0 && <span class="pill dot bad">{words.unavailable(run.unavailable)}</span>}
      </p>
    </>
  )
}

function SessionEntry({ session, shell }: { session: AdminSessionView; shell: Shell }) {
  const words = t.admin.sessions
  const { person, state, did } = session
  return (
    <li class="session">
      <div>
        <span class="session-name">
          {person && <Face person={person} size="xs" />}
          <strong>{person ? person.name : words.nobody}</strong>
          <span class={`pill dot ${state === 'connected' ? 'ok' : 'warn'}`}>{words.pill[state]}</span>
        </span>
        <code class="did">{did}</code>
        <small class="muted">
          {words.renewed} <Ago at={session.refreshedAt} shell={shell} />
          {session.expiresAt && (
            <>
              , {words.ends} <Ago at={session.expiresAt} shell={shell} />
            </>
          )}
        </small>
        {session.missingScopes.length > 0 && (
          <small>
            {words.missing}: {session.missingScopes.join(', ')}
          </small>
        )}
        {session.lastError && (
          <small>
            {words.error}: {session.lastError}
          </small>
        )}
      </div>
      <SessionActions session={session} />
    </li>
  )
}

function SessionActions({ session: { did, person } }: { session: AdminSessionView }) {
  const words = t.admin.sessions
  const actions = ['validate', 'renew', 'reset'] as const
  return (
    <div class="actions">
      {actions.map((action) => (
        <form key={action} method="post" action={`/admin/sessions/${action}`}>
          <input type="hidden" name="did" value={did} />
          <button
            class={`btn small ${action === 'reset' ? 'quiet' : ''}`}
            type="submit"
            aria-label={words.actionOf(words[action], person?.handle ?? did)}
          >
            {words[action]}
          </button>
        </form>
      ))}
    </div>
  )
}
