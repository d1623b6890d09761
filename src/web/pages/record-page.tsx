import { t } from '../messages.ts'
import { PersonLink } from '../ui/face.tsx'
import { Layout } from '../ui/layout.tsx'
import { Ago } from '../ui/time-text.tsx'
import type { RecordPageView } from '../view/record-view.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: RecordPageView }

/** A record as it is in its repo, and what we made of it. */
export function RecordPage({ shell, view }: Props) {
  const { record } = t.people
  const kind = record.kinds[view.collection] ?? record.title
  return (
    <Layout shell={shell} title={kind} hue={view.author?.hue ?? 0} isPrivate class="medium record">
      <header class="page-head">
        <div>
          <h1>{kind}</h1>
          <p>{record.lead}</p>
        </div>
      </header>
      {view.isDeleted && <p class="notice bad">{record.deleted}</p>}
      {!view.isDeleted && !view.value && <p class="notice warn">{record.unwritten}</p>}
      <div class="record-top">
        {view.author && (
          <section class="section" aria-labelledby="author">
            <h2 id="author">{record.author}</h2>
            <PersonLink person={view.author} />
          </section>
        )}
        {view.event && (
          <section class="section" aria-labelledby="shown-as">
            <h2 id="shown-as">{record.event}</h2>
            <a href={view.event.path}>
              <strong>{view.event.name || t.shell.untitled}</strong>
            </a>
          </section>
        )}
      </div>
      <Identity view={view} shell={shell} />
      <Reading view={view} />
      {view.value && (
        <section class="section" aria-labelledby="raw">
          <h2 id="raw">{record.raw}</h2>
          <pre class="json" tabIndex={0} role="group" aria-labelledby="raw">
            {JSON.stringify(view.value, null, 2)}
          </pre>
        </section>
      )}
    </Layout>
  )
}

function Identity({ view, shell }: Props) {
  const { record } = t.people
  const facts: [string, string | null][] = [
    [record.uri, view.uri],
    [record.cid, view.cid],
    [record.rev, view.rev],
    [record.origin, record.origins[view.origin]],
    [record.verified, t.bluesky.verified[view.verified]],
    [record.sync, view.syncStatus],
  ]
  return (
    <dl class="facts-list card-list card">
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <>
              <dt>{name}</dt>
              <dd>
                {name === record.uri || name === record.cid || name === record.rev ? <code>{value}</code> : value}
              </dd>
            </>
          ),
      )}
      <dt>{record.indexed}</dt>
      <dd>
        <Ago at={view.indexedAt} shell={shell} />
      </dd>
    </dl>
  )
}

function Reading({ view }: { view: RecordPageView }) {
  const { record } = t.people
  if (view.reading.length === 0) return null
  return (
    <section class="section" aria-labelledby="reading">
      <h2 id="reading">{record.reading}</h2>
      <dl class="facts-list">
        {view.reading.map(({ field, value }) => (
          <>
            <dt>{field}</dt>
            <dd>{value}</dd>
          </>
        ))}
        <dt>{record.flags}</dt>
        <dd>{view.flags.length > 0 ? view.flags.join(', ') : record.noFlags}</dd>
      </dl>
    </section>
  )
}
