import { Face } from '../src/web/ui/face.tsx'
import { Field, SelectField } from '../src/web/ui/field.tsx'
import { Butterfly, Icon } from '../src/web/ui/icons.tsx'
import { Layout } from '../src/web/ui/layout.tsx'
import type { Shell } from '../src/web/view/shell.ts'
import { words } from './demo-messages.ts'
import type { DemoPerson, DemoView } from './demo-view.ts'

type Props = { view: DemoView }

/** Everything in the sandbox that is not this site, with handles to turn. */
export function DemoPage({ shell, view }: Props & { shell: Shell }) {
  return (
    <Layout shell={shell} title={words.title} isPrivate class="settings">
      <header class="page-head">
        <div>
          <h1>{words.title}</h1>
          <p>{words.lead}</p>
        </div>
      </header>
      <nav class="settings-nav" aria-label={words.nav}>
        {Object.entries(words.sections).map(([id, label]) => (
          <a key={id} href={`#${id}`}>
            {label}
          </a>
        ))}
      </nav>
      <div class="settings-main">
        <PdsSection view={view} />
        <PeopleSection view={view} />
        <WriteSection view={view} />
        <ChangeSection view={view} />
        <AnswerSection view={view} />
        <RecordsSection view={view} />
        <LinksSection view={view} />
      </div>
    </Layout>
  )
}

function PdsSection({ view: { isRunning } }: Props) {
  return (
    <section class="card block" id="pds" aria-labelledby="pds-title">
      <header class="section-head">
        <Icon name="globe" />
        <h2 id="pds-title">{words.sections.pds}</h2>
        <span class={`pill dot ${isRunning ? 'ok' : 'bad'}`}>{isRunning ? words.pds.running : words.pds.stopped}</span>
      </header>
      <p class="note">{words.pds.lead}</p>
      <form method="post" action="/demo/pds" class="actions">
        <button
          class={isRunning ? 'btn' : 'btn primary'}
          type="submit"
          name="wanted"
          value={isRunning ? 'stopped' : 'running'}
        >
          {isRunning ? words.pds.stop : words.pds.start}
        </button>
      </form>
    </section>
  )
}

function PeopleSection({ view }: Props) {
  return (
    <section class="section" id="people" aria-labelledby="people-title">
      <h2 id="people-title">{words.sections.people}</h2>
      <p class="note">
        {words.people.lead} <code>{view.password}</code>
      </p>
      <ul role="list" class="card guest-list">
        {view.people.map((person) => (
          <li key={person.did} class="guest">
            <a class="person" href={person.path}>
              <Face person={person} size="m" />
              <span>
                <strong>{person.name}</strong>
                <small>@{person.handle}</small>
              </span>
            </a>
            <PersonActions person={person} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function PersonActions({ person: { did, handle, name } }: { person: DemoPerson }) {
  return (
    <div class="actions">
      <form method="post" action="/demo/sessions/end">
        <button class="btn small" type="submit" name="did" value={did} aria-label={words.people.expireOf(name)}>
          {words.people.expire}
        </button>
      </form>
      <form method="post" action="/sign-in" data-full>
        <input type="hidden" name="return_to" value="/" />
        <button
          class="btn small primary"
          type="submit"
          name="identifier"
          value={handle}
          aria-label={words.people.signInAs(name)}
        >
          <Butterfly />
          {words.people.signIn}
        </button>
      </form>
    </div>
  )
}

function WriteSection({ view: { people, chosen } }: Props) {
  return (
    <section class="card block" id="write" aria-labelledby="write-title">
      <header class="section-head">
        <Icon name="edit" />
        <h2 id="write-title">{words.sections.write}</h2>
      </header>
      <p class="note">{words.write.lead}</p>
      <form method="post" action="/demo/events" class="field-and-button">
        <SelectField name="did" label={words.write.who} value={chosen.did} errors={[]} options={namesOf(people)} />
        <Field name="name" label={words.write.name} value="" errors={[]} maxLength={200} required />
        <Field
          name="start"
          label={words.write.start}
          type="datetime-local"
          value={chosen.start}
          errors={[]}
          hint={chosen.zone}
        />
        <input type="hidden" name="zone" value={chosen.zone} />
        <Field name="place" label={words.write.place} value="" errors={[]} maxLength={200} isOptional />
        <button class="btn primary" type="submit">
          {words.write.submit}
        </button>
      </form>
    </section>
  )
}

function ChangeSection({ view: { records, chosen } }: Props) {
  const name = records.find(({ uri }) => uri === chosen.uri)?.name ?? ''
  return (
    <section class="card block" id="change" aria-labelledby="change-title">
      <header class="section-head">
        <Icon name="refresh" />
        <h2 id="change-title">{words.change.title}</h2>
      </header>
      <form method="post" action="/demo/records" class="field-and-button">
        <SelectField
          name="uri"
          label={words.change.record}
          value={chosen.uri}
          errors={[]}
          options={titlesOf(records)}
        />
        <Field name="new-name" label={words.change.name} value={name} errors={[]} maxLength={200} />
        <div class="actions">
          {(['rename', 'replay', 'delete'] as const).map((act) => (
            <button key={act} class={act === 'rename' ? 'btn primary' : 'btn'} type="submit" name="act" value={act}>
              {words.change[act]}
            </button>
          ))}
        </div>
      </form>
    </section>
  )
}

function AnswerSection({ view: { people, records, chosen } }: Props) {
  const { event, status, statuses, submit, title } = words.answer
  return (
    <section class="card block" id="answer" aria-labelledby="answer-title">
      <header class="section-head">
        <Icon name="check" />
        <h2 id="answer-title">{title}</h2>
      </header>
      <form method="post" action="/demo/answers" class="field-and-button">
        <SelectField
          name="answer-did"
          label={words.write.who}
          value={chosen.did}
          errors={[]}
          options={namesOf(people)}
        />
        <SelectField name="answer-uri" label={event} value={chosen.uri} errors={[]} options={titlesOf(records)} />
        <SelectField name="status" label={status} value="going" errors={[]} options={statuses} />
        <button class="btn primary" type="submit">
          {submit}
        </button>
      </form>
    </section>
  )
}

function RecordsSection({ view: { records } }: Props) {
  return (
    <section class="card block" id="records" aria-labelledby="records-title">
      <header class="section-head">
        <Icon name="copy" />
        <h2 id="records-title">{words.sections.records}</h2>
      </header>
      <p class="note">{records.length > 0 ? words.records.lead : words.records.none}</p>
      <ul role="list" class="entries">
        {records.slice(0, 12).map(({ uri, path, name, handle }) => (
          <li key={uri}>
            <span>
              <a href={path}>
                <strong>{name || words.records.untitled}</strong>
              </a>
              <small class="muted">{words.records.by(handle)}</small>
            </span>
            <a
              class="btn small"
              href={`/demo?uri=${encodeURIComponent(uri)}#change`}
              aria-label={words.records.changeName(name)}
            >
              {words.records.change}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

function LinksSection({ view: { urls } }: Props) {
  const names = Object.entries(words.links.names) as [keyof typeof urls, string][]
  return (
    <section class="card block" id="links" aria-labelledby="links-title">
      <header class="section-head">
        <Icon name="link" />
        <h2 id="links-title">{words.sections.links}</h2>
      </header>
      <p class="note">{words.links.lead}</p>
      <dl class="facts-list">
        {names.map(([key, name]) => (
          <>
            <dt>{name}</dt>
            <dd>{key === 'smtpUrl' ? <code>{urls[key]}</code> : <a href={urls[key]}>{urls[key]}</a>}</dd>
          </>
        ))}
      </dl>
      <p class="actions">
        <a class="btn" href={urls.mailUrl}>
          <Icon name="mail" />
          {words.links.mail}
        </a>
      </p>
    </section>
  )
}

function namesOf(people: readonly DemoPerson[]): Record<string, string> {
  return Object.fromEntries(people.map(({ did, name, handle }) => [did, `${name} (@${handle})`]))
}

function titlesOf(records: DemoView['records']): Record<string, string> {
  return Object.fromEntries(
    records.map(({ uri, name, handle }) => [uri, `${name || words.records.untitled} (@${handle})`]),
  )
}
