import type { Gap } from '../../ingest/gap-store.ts'
import { t } from '../messages.ts'
import type { IngestPageView, RunView, SourceView } from '../view/ingest-view.ts'
import type { Shell } from '../view/shell.ts'
import { Ago } from './time-text.tsx'

type Props = { view: IngestPageView; shell: Shell }

export function SourceSection({ view, shell }: Props) {
  const words = t.ingest.source
  return (
    <section class="card block" id="source" aria-labelledby="source-title" data-live>
      <header class="section-head">
        <h2 id="source-title">{words.title}</h2>
      </header>
      {view.sources.length === 0 && <p class="note">{words.none}</p>}
      {view.sources.map((source) => (
        <SourceFacts key={source.name} source={source} shell={shell} />
      ))}
    </section>
  )
}

function SourceFacts({ source, shell }: { source: SourceView; shell: Shell }) {
  const words = t.ingest.source
  return (
    <div class="source">
      <h3>
        {source.name}
        <span class={`pill dot ${source.isReading ? 'ok' : 'bad'}`}>
          {source.isReading ? words.reading : words.silent}
        </span>
      </h3>
      <dl class="figures">
        <div>
          <dt>{words.rate}</dt>
          <dd>{t.ingest.rate(source.perSecond)}</dd>
        </div>
        <div>
          <dt>{words.lag}</dt>
          <dd>{source.lagMs === null ? words.noLag : t.ingest.seconds(source.lagMs)}</dd>
        </div>
        <div>
          <dt>{words.last}</dt>
          <dd>{source.lastAt ? <Ago at={source.lastAt} shell={shell} /> : '–'}</dd>
        </div>
        <div>
          <dt>{words.host}</dt>
          <dd>{source.host || '–'}</dd>
        </div>
      </dl>
    </div>
  )
}

export function GapSection({ view, shell }: Props) {
  const words = t.ingest.gaps
  return (
    <section class="card block" id="gaps" aria-labelledby="gaps-title" data-live>
      <header class="section-head">
        <h2 id="gaps-title">{words.title}</h2>
      </header>
      <p class="note">{words.lead}</p>
      {view.gaps.length === 0 ? (
        <p class="note strong">{words.none}</p>
      ) : (
        <ul role="list" class="entries">
          {view.gaps.map((gap) => (
            <GapEntry key={gap.id} gap={gap} shell={shell} />
          ))}
        </ul>
      )}
    </section>
  )
}

const gapTones: Record<Gap['state'], string> = { open: 'warn', healing: 'warn pulse', healed: 'ok', failed: 'bad' }

function GapEntry({ gap, shell }: { gap: Gap; shell: Shell }) {
  const words = t.ingest.gaps
  const reason = words.reasons[gap.reason] ?? gap.reason
  return (
    <li>
      <div>
        <strong>{reason}</strong>
        <span class={`pill dot ${gapTones[gap.state]}`}>{words.states[gap.state]}</span>
        <small class="note">
          <code>{gap.reason}</code> · {gap.did === null ? words.all : <code>{gap.did}</code>} · {words.found}{' '}
          <Ago at={gap.foundAt} shell={shell} />
          {gap.times > 1 && `, ${words.times(gap.times)}`}
          {gap.repaired > 0 && ` · ${words.repaired(gap.repaired)}`}
          {(gap.state === 'failed' || gap.state === 'open') && gap.dueAt > shell.now && (
            <>
              {' '}
              · {words.due} <Ago at={gap.dueAt} shell={shell} />
            </>
          )}
        </small>
        {gap.detail && <small class="note">{gap.detail}</small>}
      </div>
      {gap.state === 'failed' && (
        <form method="post" action={`/admin/ingest/gaps/${gap.id}/retry`}>
          <button class="btn small" type="submit" aria-label={words.retryNamed(reason)}>
            {words.retry}
          </button>
        </form>
      )}
    </li>
  )
}

export function RunSection({ view, shell }: Props) {
  const words = t.ingest.runs
  return (
    <section class="card block" id="runs" aria-labelledby="runs-title" data-live>
      <header class="section-head">
        <h2 id="runs-title">{words.title}</h2>
      </header>
      {view.runs.length === 0 && <p class="note strong">{words.none}</p>}
      <ul role="list" class="entries">
        {view.runs.map((run) => (
          <RunEntry key={run.id} run={run} shell={shell} />
        ))}
      </ul>
      <div class="actions">
        <form method="post" action="/admin/ingest/backfill">
          <button class="btn small" type="submit">
            {words.backfill}
          </button>
        </form>
        <form method="post" action="/admin/ingest/reconcile">
          <button class="btn small" type="submit">
            {words.reconcile}
          </button>
        </form>
      </div>
      <p class="note">{words.hint}</p>
    </section>
  )
}

function RunEntry({ run, shell }: { run: RunView; shell: Shell }) {
  const words = t.ingest.runs
  const { progress, state } = run
  const kind = words.kinds[run.kind]
  const facts = [
    run.isDryRun && words.dryRun,
    words.applied(progress.applied),
    progress.away > 0 && words.away(progress.away),
    progress.failed > 0 && words.failed(progress.failed),
  ].filter(Boolean)
  return (
    <li>
      <div class="run">
        <strong>{kind}</strong> <Ago at={run.startedAt} shell={shell} />
        <small class="note">
          {state === 'listing'
            ? words.listing
            : `${words.progress(progress.done, progress.repos)} · ${facts.join(' · ')}`}
        </small>
        {state !== 'done' && (
          <progress max={Math.max(1, progress.repos)} value={progress.done} aria-label={words.label(kind)} />
        )}
        {run.error && <small class="note">{run.error}</small>}
      </div>
    </li>
  )
}
