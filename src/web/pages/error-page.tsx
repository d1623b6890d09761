import { t } from '../messages.ts'
import { Layout } from '../ui/layout.tsx'
import { coverArt } from '../view/cover-art.ts'
import type { ErrorPageView } from '../view/error-view.ts'
import type { Shell } from '../view/shell.ts'

/** Says what happened and what to do. Never the text of an unforeseen error. */
export function ErrorPage({ shell, view }: { shell: Shell; view: ErrorPageView }) {
  const words = t.errors.byStatus[view.status] ?? t.errors.internal
  return (
    <Layout shell={shell} title={words.title} hue={hueOfStatus(view.status)} isPrivate class="narrow">
      <div class="error-page">
        <div
          class="cover"
          dangerouslySetInnerHTML={{ __html: coverArt(view.status * 7 + 3, hueOfStatus(view.status)) }}
        />
        <p class="status-number">{view.status}</p>
        <h1>{words.title}</h1>
        {view.detail && <p class="detail">{view.detail}</p>}
        <p class="muted">{words.text}</p>
        {view.retryAfterSeconds !== null && <p>{t.errors.retryIn(view.retryAfterSeconds)}</p>}
        <Actions shell={shell} view={view} />
        <p class="note">
          {t.errors.reference} <code>{view.requestId}</code>
        </p>
      </div>
    </Layout>
  )
}

function Actions({ shell, view }: { shell: Shell; view: ErrorPageView }) {
  const isTemporary = view.status === 429 || view.status >= 500
  return (
    <p class="actions">
      {view.status === 401 && (
        <a class="btn primary" href={`/sign-in?return_to=${encodeURIComponent(shell.path)}`}>
          {t.errors.signIn}
        </a>
      )}
      {isTemporary && (
        <a class="btn primary" href={shell.path}>
          {t.errors.again}
        </a>
      )}
      <a class={view.status === 404 || view.status === 410 ? 'btn primary' : 'btn'} href="/">
        {view.status === 404 ? t.errors.search : t.errors.home}
      </a>
    </p>
  )
}

function hueOfStatus(status: number): number {
  return status >= 500 ? 3 : status === 429 ? 5 : 0
}
