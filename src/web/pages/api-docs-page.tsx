import type { JsonObject } from '../../base/json.ts'
import { t } from '../messages.ts'
import { Layout } from '../ui/layout.tsx'
import { type ApiOperation, readApiDocument } from '../view/api-docs.ts'
import type { Shell } from '../view/shell.ts'

/** The OpenAPI document for people to read. */
export function ApiDocsPage({ shell, document }: { shell: Shell; document: JsonObject }) {
  const groups = readApiDocument(document)
  return (
    <Layout shell={shell} title={t.apiDocs.title} class="settings api-docs">
      <header class="page-head">
        <div>
          <h1>{t.apiDocs.title}</h1>
          <p>{t.apiDocs.lead}</p>
        </div>
        <a class="btn small" href="/api/openapi.json">
          openapi.json
        </a>
      </header>
      <nav class="settings-nav" aria-label={t.apiDocs.nav}>
        <a href="#start">{t.apiDocs.start}</a>
        {groups.map((group) => (
          <a key={group.tag} href={`#${group.tag}`}>
            {group.tag}
          </a>
        ))}
      </nav>
      <div class="settings-main">
        <GettingStarted publicUrl={shell.publicUrl} />
        {groups.map((group) => (
          <section key={group.tag} class="section" id={group.tag} aria-labelledby={`${group.tag}-title`}>
            <h2 id={`${group.tag}-title`}>{group.tag}</h2>
            {group.operations.map((operation) => (
              <Operation key={operation.id} operation={operation} />
            ))}
          </section>
        ))}
      </div>
    </Layout>
  )
}

function GettingStarted({ publicUrl }: { publicUrl: string }) {
  return (
    <section class="section" id="start" aria-labelledby="start-title">
      <h2 id="start-title">{t.apiDocs.start}</h2>
      <p>
        {t.apiDocs.token} <a href="/settings#tokens">{t.settings.sections.tokens}</a>.
      </p>
      <pre
        class="json"
        tabIndex={0}
        role="group"
        aria-label={t.apiDocs.example}
      >{`curl -H "Authorization: Bearer $TOKEN" \\\n  ${publicUrl}/api/events?limit=5`}</pre>
      <ul class="plain">
        {t.apiDocs.rules.map((rule) => (
          <li key={rule}>{rule}</li>
        ))}
      </ul>
    </section>
  )
}

function Operation({ operation }: { operation: ApiOperation }) {
  return (
    <details class="card operation">
      <summary>
        <span class={`method ${operation.method.toLowerCase()}`}>{operation.method}</span>
        <code>{operation.path}</code>
        <span class="muted">{operation.summary}</span>
      </summary>
      <div class="operation-body">
        {operation.description && <p class="note">{operation.description}</p>}
        <Parameters operation={operation} />
        <Shape label={t.apiDocs.body} text={operation.body} />
        <Shape label={t.apiDocs.answer} text={operation.answer} />
      </div>
    </details>
  )
}

function Parameters({ operation }: { operation: ApiOperation }) {
  if (operation.parameters.length === 0) return null
  return (
    <dl class="facts-list">
      {operation.parameters.map((parameter) => (
        <>
          <dt>
            <code>{parameter.name}</code>
          </dt>
          <dd>
            <code>{parameter.type}</code> {parameter.in}
            {parameter.isRequired && `, ${t.apiDocs.required}`}
            {parameter.description && ` · ${parameter.description}`}
          </dd>
        </>
      ))}
    </dl>
  )
}

function Shape({ label, text }: { label: string; text: string | null }) {
  if (text === null) return null
  return (
    <div>
      <p class="note">{label}</p>
      <pre class="json" tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
    </div>
  )
}
