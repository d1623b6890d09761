import { t } from '../messages.ts'
import { stamp } from '../view/format-time.ts'
import type { Shell } from '../view/shell.ts'
import type { SessionView, SettingsPageView, TokenView } from '../view/settings-view.ts'
import { browserName } from '../view/browser-name.ts'
import { Field, SelectField } from './field.tsx'
import { Icon } from './icons.tsx'
import { Ago } from './time-text.tsx'

type Props = { view: SettingsPageView; shell: Shell }

/** Where this person is signed in, and how to end it. */
export function SessionsSection({ view, shell }: Props) {
  const words = t.settings.sessions
  return (
    <section class="card block" id="sessions" aria-labelledby="sessions-title">
      <header class="section-head">
        <Icon name="globe" />
        <h2 id="sessions-title">{t.settings.sections.sessions}</h2>
      </header>
      <p class="note">{words.lead}</p>
      <ul role="list" class="entries">
        {view.sessions.map((session) => (
          <SessionEntry key={session.id} session={session} shell={shell} />
        ))}
      </ul>
      <div class="actions">
        {view.sessions.length > 1 && (
          <form method="post" action="/settings/sessions/revoke-all">
            <button class="btn small" type="submit">
              {words.revokeAll}
            </button>
          </form>
        )}
        <form method="post" action="/sign-out/everywhere" data-full>
          <button class="btn small quiet" type="submit">
            {words.signOutEverywhere}
          </button>
        </form>
      </div>
    </section>
  )
}

function SessionEntry({ session, shell }: { session: SessionView; shell: Shell }) {
  const words = t.settings.sessions
  const name = browserName(session.userAgent) ?? words.unknown
  return (
    <li>
      <div>
        <strong title={session.userAgent}>{name}</strong>
        {session.isCurrent && <span class="pill ok">{words.current}</span>}
        <small class="muted">
          {words.started(stamp(session.createdAt, shell.zone ?? 'UTC', shell.locale))}
          {!session.isCurrent && (
            <>
              , {words.seenLabel} <Ago at={session.lastSeenAt} shell={shell} />
            </>
          )}
        </small>
      </div>
      {!session.isCurrent && (
        <form method="post" action="/settings/sessions/revoke">
          <input type="hidden" name="id" value={session.id} />
          <button class="btn small quiet" type="submit" aria-label={words.revokeNamed(name)}>
            {words.revoke}
          </button>
        </form>
      )}
    </li>
  )
}

/** Keys for programs: made with a purpose and an end, shown once. */
export function TokensSection({ view, shell }: Props) {
  const words = t.settings.tokens
  return (
    <section class="card block" id="tokens" aria-labelledby="tokens-title">
      <header class="section-head">
        <Icon name="key" />
        <h2 id="tokens-title">{t.settings.sections.tokens}</h2>
      </header>
      <p class="note">
        {words.lead} <a href="/api/docs">{words.docs}</a>
      </p>
      {view.newToken && <NewToken token={view.newToken} />}
      {view.tokens.length > 0 && (
        <ul role="list" class="entries">
          {view.tokens.map((token) => (
            <TokenEntry key={token.id} token={token} shell={shell} />
          ))}
        </ul>
      )}
      <form method="post" action="/settings/tokens" class="token-form" noValidate>
        <Field
          name="name"
          label={words.name}
          value={view.values['name'] ?? ''}
          errors={view.errors}
          maxLength={100}
          autocomplete="off"
        />
        <SelectField
          name="expiresInDays"
          label={words.expires}
          value={view.values['expiresInDays'] ?? '90'}
          errors={view.errors}
          options={words.expiry}
        />
        <button class="btn" type="submit">
          {words.create}
        </button>
      </form>
    </section>
  )
}

function NewToken({ token }: { token: string }) {
  return (
    <div class="notice ok new-token" role="status">
      <Icon name="key" />
      <div>
        <strong>{t.settings.tokens.newTitle}</strong>
        <p>{t.settings.tokens.newHint}</p>
        <code>{token}</code>
      </div>
      <button class="btn small" type="button" data-copy={token} data-copied={t.event.share.copied} hidden>
        {t.people.record.copy}
      </button>
    </div>
  )
}

function TokenEntry({ token, shell }: { token: TokenView; shell: Shell }) {
  const words = t.settings.tokens
  const isOver = token.expiresAt !== null && token.expiresAt <= shell.now
  return (
    <li>
      <div>
        <strong>{token.name}</strong> <code>{token.hint}…</code>
        <small class="muted">
          {token.lastUsedAt ? (
            <>
              {words.usedLabel} <Ago at={token.lastUsedAt} shell={shell} />
            </>
          ) : (
            words.neverUsed
          )}
          ,{' '}
          {isOver
            ? words.expired
            : token.expiresAt
              ? words.until(stamp(token.expiresAt, shell.zone ?? 'UTC', shell.locale))
              : words.forever}
        </small>
      </div>
      <form method="post" action="/settings/tokens/revoke">
        <input type="hidden" name="id" value={token.id} />
        <button class="btn small quiet" type="submit" aria-label={words.revokeNamed(token.name)}>
          {words.revoke}
        </button>
      </form>
    </li>
  )
}
