import { t } from '../messages.ts'
import type { BlueskyView } from '../view/bluesky-view.ts'
import type { EventPageView } from '../view/event-view.ts'
import { ago } from '../view/format-time.ts'
import type { Shell } from '../view/shell.ts'
import { Butterfly } from './icons.tsx'
import { BlueskyPill } from './status-pill.tsx'
import { Ago } from './time-text.tsx'

type Props = { view: EventPageView; shell: Shell }

/** Where the event stands on the network: state, reason, the one next action, and the proof. */
export function BlueskyCard({ view, shell }: Props) {
  const { bluesky, canManage } = view
  return (
    <section id="bluesky" class="card bluesky" aria-labelledby="bluesky-title" data-live>
      <header>
        <Butterfly />
        <h2 id="bluesky-title">{t.bluesky.title}</h2>
        <BlueskyPill state={bluesky.state} isOwner={canManage} hasRecord={bluesky.recordPath !== null} />
      </header>
      {reasonOf(view, shell) && <p class="note">{reasonOf(view, shell)}</p>}
      {canManage && bluesky.lastError && <LastError text={bluesky.lastError} />}
      <dl>
        {bluesky.recordPath && (
          <>
            <dt>{t.bluesky.event}</dt>
            <dd>
              <a href={bluesky.recordPath}>{t.bluesky.viewRecord}</a>
            </dd>
          </>
        )}
        {bluesky.answers && bluesky.recordPath && (
          <>
            <dt>{t.bluesky.answers}</dt>
            <dd>{t.bluesky.answersSynced(bluesky.answers.synced, bluesky.answers.total)}</dd>
          </>
        )}
        {canManage && bluesky.waitingSince && (
          <>
            <dt>{t.bluesky.waitingSince}</dt>
            <dd>
              <Ago at={bluesky.waitingSince} shell={shell} />
            </dd>
          </>
        )}
        {bluesky.lastSyncedAt && (
          <>
            <dt>{t.bluesky.lastSync}</dt>
            <dd>
              <Ago at={bluesky.lastSyncedAt} shell={shell} />
            </dd>
          </>
        )}
      </dl>
      {canManage && <NextAction view={view} />}
      {bluesky.uri && bluesky.recordPath && <Details bluesky={bluesky} />}
    </section>
  )
}

function LastError({ text }: { text: string }) {
  return (
    <p class="said">
      <small>{t.bluesky.lastError}</small>
      <code>{text}</code>
    </p>
  )
}

function reasonOf({ bluesky, canManage }: EventPageView, shell: Shell): string {
  const { state, localReason, nextAttemptAt, attempts, pause } = bluesky
  if (state === 'local') return localReason ? (t.bluesky.reason[localReason] ?? '') : ''
  if (state === 'network') return canManage ? '' : t.bluesky.reason.network
  if (!canManage || state === 'on') return ''
  if (state === 'waiting' && nextAttemptAt && (attempts > 0 || pause))
    return t.bluesky.reason.waitingRetry(pause, ago(nextAttemptAt, shell.now), attempts)
  return t.bluesky.reason[state]
}

/** Exactly one, and only where something is to do. */
function NextAction({ view }: { view: EventPageView }) {
  const { state, localReason } = view.bluesky
  if (state === 'reconnect') return <ActionLink href="/settings#connection" label={t.bluesky.action.reconnect} />
  if (state === 'conflict') return <ActionLink href={`${view.path}/conflicts`} label={t.bluesky.action.conflict} />
  if (state === 'local')
    return localReason === 'not-connected' ? (
      <ActionLink href="/settings#connection" label={t.bluesky.action.connect} />
    ) : null
  const { attempts, pause } = view.bluesky
  if (state === 'network' || (state === 'waiting' && attempts === 0 && !pause)) return null
  return (
    <form method="post" action={`${view.path}/sync`}>
      <button class={state === 'on' ? 'btn small quiet' : 'btn small'} type="submit">
        {t.bluesky.action[state]}
      </button>
    </form>
  )
}

function ActionLink({ href, label }: { href: string; label: string }) {
  return (
    <a class="btn small primary" href={href}>
      {label}
    </a>
  )
}

function Details({ bluesky }: { bluesky: BlueskyView }) {
  return (
    <details id="record-details">
      <summary>{t.bluesky.details}</summary>
      <dl>
        <dt>{t.bluesky.checked}</dt>
        <dd>{t.bluesky.verified[bluesky.verified]}</dd>
        {bluesky.createdWith && (
          <>
            <dt>{t.bluesky.app}</dt>
            <dd>{bluesky.createdWith}</dd>
          </>
        )}
        {bluesky.flags.length > 0 && (
          <>
            <dt>{t.bluesky.flags}</dt>
            <dd>{bluesky.flags.join(', ')}</dd>
          </>
        )}
      </dl>
      <code class="uri">{bluesky.uri}</code>
    </details>
  )
}
