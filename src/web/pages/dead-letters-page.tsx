import type { DeadLetter } from '../../ingest/dead-letter-store.ts'
import { t } from '../messages.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Layout } from '../ui/layout.tsx'
import { Ago } from '../ui/time-text.tsx'
import type { DeadLettersView } from '../view/ingest-view.ts'
import type { Shell } from '../view/shell.ts'
import { IngestTabs } from './ingest-page.tsx'

type Props = { shell: Shell; view: DeadLettersView }

/** For administrators: ops that could not be taken in, by reason. */
export function DeadLettersPage({ shell, view }: Props) {
  const words = t.ingest.letters
  const all = view.reasons.reduce((sum, { count }) => sum + count, 0)
  return (
    <Layout shell={shell} title={words.title} isPrivate class="medium ingest">
      <header class="page-head">
        <div>
          <h1>{words.title}</h1>
          <p>{words.lead}</p>
        </div>
      </header>
      <IngestTabs current="letters" letters={all} />
      {view.letters.length === 0 ? (
        <EmptyState title={words.title} text={words.none} seed={7} />
      ) : (
        <>
          <Reasons view={view} all={all} />
          <section class="card block" aria-label={view.reason ?? words.all}>
            <ul role="list" class="entries letters">
              {view.letters.map((letter) => (
                <LetterEntry key={letter.id} letter={letter} shell={shell} />
              ))}
            </ul>
            <AllForms reason={view.reason} />
          </section>
          {view.nextPath && (
            <p class="pages">
              <a class="btn" href={view.nextPath}>
                {t.shell.more}
              </a>
            </p>
          )}
        </>
      )}
    </Layout>
  )
}

function Reasons({ view, all }: { view: DeadLettersView; all: number }) {
  const words = t.ingest.letters
  const links = [{ reason: null, count: all }, ...view.reasons]
  return (
    <nav class="reasons" aria-label={words.byReason}>
      {links.map(({ reason, count }) => (
        <a
          key={reason}
          class="btn small"
          href={reason === null ? '/admin/dead-letters' : `/admin/dead-letters?reason=${encodeURIComponent(reason)}`}
          aria-current={reason === view.reason ? 'page' : undefined}
        >
          {reason ?? words.all} <span class="count">{count}</span>
        </a>
      ))}
    </nav>
  )
}

function LetterEntry({ letter, shell }: { letter: DeadLetter; shell: Shell }) {
  const words = t.ingest.letters
  return (
    <li>
      <a class="letter" href={`/admin/dead-letters/${letter.id}`}>
        <strong>{letter.uri}</strong>
        <small class="note">
          <code>{letter.reason}</code> · {words.attempts(letter.attempts)} · {words.last}{' '}
          <Ago at={letter.lastSeenAt} shell={shell} />
        </small>
        <small class="note">{letter.error.split('\n')[0]}</small>
      </a>
    </li>
  )
}

function AllForms({ reason }: { reason: string | null }) {
  const words = t.ingest.letters
  const field = reason !== null && <input type="hidden" name="reason" value={reason} />
  return (
    <div class="actions">
      <form method="post" action="/admin/dead-letters/replay">
        {field}
        <button class="btn small primary" type="submit">
          {words.replayAll}
        </button>
      </form>
      {reason !== null && (
        <details class="sure">
          <summary class="btn small">{words.discardAll}</summary>
          <form method="post" action="/admin/dead-letters/discard">
            {field}
            <button class="btn small danger" type="submit">
              {words.discardSure}
            </button>
          </form>
        </details>
      )}
    </div>
  )
}

type LetterProps = { shell: Shell; letter: DeadLetter }

/** One of them, with all that is known of it. */
export function DeadLetterPage({ shell, letter }: LetterProps) {
  const words = t.ingest.letters
  return (
    <Layout shell={shell} title={words.one} isPrivate class="medium ingest">
      <header class="page-head">
        <div>
          <h1>{words.one}</h1>
          <p>
            <a href="/admin/dead-letters">{words.back}</a>
          </p>
        </div>
      </header>
      <section class="card block" aria-labelledby="error">
        <h2 id="error">{words.error}</h2>
        <p>{letter.error}</p>
        <LetterFacts shell={shell} letter={letter} />
        <div class="actions">
          <form method="post" action={`/admin/dead-letters/${letter.id}/replay`}>
            <button class="btn small primary" type="submit">
              {words.replay}
            </button>
          </form>
          <form method="post" action={`/admin/dead-letters/${letter.id}/discard`}>
            <button class="btn small danger" type="submit">
              {words.discard}
            </button>
          </form>
        </div>
      </section>
      <section class="section" aria-labelledby="op">
        <h2 id="op">{words.op}</h2>
        <pre class="json" tabIndex={0} role="group" aria-labelledby="op">
          {shorten(JSON.stringify(letter.op, null, 2))}
        </pre>
      </section>
    </Layout>
  )
}

function LetterFacts({ shell, letter }: LetterProps) {
  const words = t.ingest.letters
  const facts: [string, string][] = [
    [words.address, letter.uri],
    [words.reason, letter.reason],
    [words.rev, letter.rev || '–'],
  ]
  return (
    <dl class="facts-list">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
          </dd>
        </>
      ))}
      <dt>{words.tries}</dt>
      <dd>
        {words.attempts(letter.attempts)}, {words.first} <Ago at={letter.firstSeenAt} shell={shell} />, {words.last}{' '}
        <Ago at={letter.lastSeenAt} shell={shell} />
      </dd>
    </dl>
  )
}

const maxShown = 50_000

/** A record may be a megabyte long; the API gives all of it. */
function shorten(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}
