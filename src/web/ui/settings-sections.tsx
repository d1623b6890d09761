import type { FieldError } from '../../base/errors.ts'
import { t } from '../messages.ts'
import type { Shell } from '../view/shell.ts'
import type { ConnectionView, SettingsPageView } from '../view/settings-view.ts'
import { ErrorText, Field, errorOf } from './field.tsx'
import { Butterfly, Icon } from './icons.tsx'
import { Ago } from './time-text.tsx'

type Props = { view: SettingsPageView; shell: Shell }

const tones: Record<ConnectionView['state'], string> = { connected: 'ok', 'needs-reconnect': 'warn', none: '' }

/** The person's repo: who, where, what we may write, until when, and the way back in. */
export function ConnectionSection({ view, shell }: Props) {
  const { connection } = view
  const words = t.settings.connection
  return (
    <section class="card block" id="connection" aria-labelledby="connection-title" data-live>
      <header class="section-head">
        <Butterfly />
        <h2 id="connection-title">{t.settings.sections.connection}</h2>
        <span class={`pill dot ${tones[connection.state]}`} data-say>
          {words.pill[connection.state]}
        </span>
      </header>
      <p class="note">{words.lead}</p>
      {connection.waiting > 0 && <p class="notice warn">{words.waiting(connection.waiting)}</p>}
      {connection.lastError && (
        <p class="note">
          {words.error}: <code>{connection.lastError}</code>
        </p>
      )}
      {connection.did && <ConnectionFacts connection={connection} shell={shell} />}
      <ConnectionForms connection={connection} errors={view.errors} typed={view.values['identifier'] ?? ''} />
    </section>
  )
}

function ConnectionFacts({ connection, shell }: { connection: ConnectionView; shell: Shell }) {
  const words = t.settings.connection
  const times: [string, Date | null][] = [
    [words.since, connection.connectedAt],
    [words.refreshed, connection.refreshedAt],
    [words.expires, connection.expiresAt],
  ]
  return (
    <dl class="facts-list">
      <dt>{words.handle}</dt>
      <dd>{connection.handle ? `@${connection.handle}` : '–'}</dd>
      <dt>{words.server}</dt>
      <dd>{connection.pdsUrl}</dd>
      <dt>{words.did}</dt>
      <dd>
        <code>{connection.did}</code>
      </dd>
      {times.map(
        ([name, at]) =>
          at && (
            <>
              <dt>{name}</dt>
              <dd>
                <Ago at={at} shell={shell} />
              </dd>
            </>
          ),
      )}
      <Scopes connection={connection} />
    </dl>
  )
}

function Scopes({ connection }: { connection: ConnectionView }) {
  const words = t.settings.connection
  const name = (scope: string) => words.scopeNames[scope] ?? scope
  return (
    <>
      {connection.scopes.length > 0 && (
        <>
          <dt>{words.scopes}</dt>
          <dd>
            <ul role="list" class="scopes">
              {connection.scopes.map((scope) => (
                <li key={scope} title={scope}>
                  <Icon name="check" />
                  {name(scope)}
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
      {connection.missingScopes.length > 0 && (
        <>
          <dt>{words.missing}</dt>
          <dd>
            {connection.missingScopes.map(name).join(', ')}. {words.missingHint}
          </dd>
        </>
      )}
    </>
  )
}

function ConnectionForms({
  connection,
  errors,
  typed,
}: {
  connection: ConnectionView
  errors: FieldError[]
  typed: string
}) {
  const words = t.settings.connection
  const known = connection.handle ?? connection.did
  const error = known ? errorOf(errors, 'identifier') : undefined
  if (connection.state === 'connected') {
    return (
      <form method="post" action="/settings/bluesky/disconnect" class="actions">
        <button class="btn small" type="submit">
          {words.disconnect}
        </button>
        <small class="note">{words.disconnectHint}</small>
        {error && <ErrorText id="identifier-error" text={error} />}
      </form>
    )
  }
  return (
    <form method="post" action="/settings/bluesky/connect" class="field-and-button" data-full noValidate>
      {known ? (
        <input type="hidden" name="identifier" value={known} />
      ) : (
        <Field
          name="identifier"
          label={words.identifier}
          value={typed}
          errors={errors}
          hint={words.identifierHint}
          autocomplete="username"
        />
      )}
      <button class="btn primary" type="submit">
        <Butterfly />
        {known ? words.reconnect : words.connect}
      </button>
      {error && <ErrorText id="identifier-error" text={error} />}
    </form>
  )
}

export function MailSection({ view }: { view: SettingsPageView }) {
  const words = t.settings.mail
  return (
    <section class="card block" id="mail" aria-labelledby="mail-title">
      <header class="section-head">
        <Icon name="mail" />
        <h2 id="mail-title">{t.settings.sections.mail}</h2>
        <span class={`pill dot ${view.email ? 'ok' : ''}`}>{view.email ?? words.none}</span>
      </header>
      <p class="note">{words.lead}</p>
      <form method="post" action="/settings/mail" class="field-and-button" noValidate>
        <Field
          name="email"
          label={words.address}
          type="email"
          value={view.values['email'] ?? ''}
          errors={view.errors}
          hint={words.hint}
          autocomplete="email"
          placeholder="you@example.org"
        />
        <button class="btn" type="submit">
          {view.email ? words.change : words.link}
        </button>
      </form>
    </section>
  )
}
