import { t } from '../messages.ts'
import { GapSection, RunSection, SourceSection } from '../ui/ingest-sections.tsx'
import { Layout } from '../ui/layout.tsx'
import { OpsPlot } from '../ui/ops-plot.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { IngestPageView } from '../view/ingest-view.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: IngestPageView }

/** For administrators: how reading the network goes, and what is done where it does not. */
export function IngestPage({ shell, view }: Props) {
  const words = t.ingest
  const letters = view.letters.reduce((sum, { count }) => sum + count, 0)
  return (
    <Layout shell={shell} title={words.title} live="ingest" isPrivate class="medium ingest">
      <header class="page-head">
        <div>
          <h1>{words.title}</h1>
          <p>{words.lead}</p>
        </div>
      </header>
      <IngestTabs current="ingest" letters={letters} />
      <SourceSection view={view} shell={shell} />
      <section class="card block" aria-labelledby="plot-title">
        <header class="section-head">
          <h2 id="plot-title">{words.plot.title}</h2>
        </header>
        <OpsPlot plot={view.plot} shell={shell} />
      </section>
      <GapSection view={view} shell={shell} />
      <RunSection view={view} shell={shell} />
      <LetterSection view={view} />
    </Layout>
  )
}

export function IngestTabs({ current, letters }: { current: 'ingest' | 'letters'; letters: number }) {
  const words = t.ingest
  return (
    <Tabs
      label={words.title}
      tabs={[
        { label: words.tabs.ingest, href: '/admin/ingest', isCurrent: current === 'ingest' },
        { label: words.tabs.letters, href: '/admin/dead-letters', isCurrent: current === 'letters', count: letters },
      ]}
    />
  )
}

function LetterSection({ view }: { view: IngestPageView }) {
  const words = t.ingest.letters
  return (
    <section class="card block" aria-labelledby="letters-title">
      <header class="section-head">
        <h2 id="letters-title">{words.title}</h2>
      </header>
      {view.letters.length === 0 ? (
        <p class="note strong">{words.none}</p>
      ) : (
        <ul role="list" class="entries">
          {view.letters.map(({ reason, count }) => (
            <li key={reason}>
              <a href={`/admin/dead-letters?reason=${encodeURIComponent(reason)}`}>
                <code>{reason}</code>
              </a>
              <span class="count">{count}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
