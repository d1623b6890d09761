import { t } from '../messages.ts'
import type { SettingsPageView } from '../view/settings-view.ts'
import { Field } from './field.tsx'
import { Icon } from './icons.tsx'

type Props = { view: SettingsPageView }

/** Whether this person can be found here, and the one click that changes it. */
export function ListingSection({ view: { isListed } }: Props) {
  const words = t.settings.listing
  return (
    <section class="card block" id="listing" aria-labelledby="listing-title" data-live>
      <header class="section-head">
        <Icon name="people" />
        <h2 id="listing-title">{t.settings.sections.listing}</h2>
        <span class={`pill dot ${isListed ? 'ok' : ''}`} data-say>
          {isListed ? words.pill.listed : words.pill.unlisted}
        </span>
      </header>
      <p class="note">{isListed ? words.lead : words.leadUnlisted}</p>
      {isListed && <p class="note">{words.what}</p>}
      <form method="post" action={isListed ? '/settings/unlist' : '/settings/list'} class="actions">
        <button class={`btn small ${isListed ? '' : 'primary'}`} type="submit">
          {isListed ? words.unlist : words.list}
        </button>
      </form>
    </section>
  )
}

/** The way out: with everything, and for good. */
export function DataSection({ view }: Props) {
  const words = t.settings.data
  return (
    <section class="card block" id="data" aria-labelledby="data-title">
      <header class="section-head">
        <Icon name="copy" />
        <h2 id="data-title">{t.settings.sections.data}</h2>
      </header>
      <p class="note">{words.lead}</p>
      <p>
        <a class="btn small" href="/settings/export" download>
          {words.export}
        </a>
      </p>
      <DeleteForm view={view} />
    </section>
  )
}

function DeleteForm({ view }: Props) {
  const words = t.settings.data
  const isWrong = view.errors.some(({ field }) => field === 'confirmation')
  return (
    <details class="delete-account" open={isWrong}>
      <summary>{words.deleteTitle}</summary>
      <form method="post" action="/settings/delete" data-full noValidate>
        <p class="note">{words.deleteLead}</p>
        {view.connection.did !== null && <RecordsChoice chosen={view.values['records'] ?? 'keep'} />}
        <Field
          name="confirmation"
          label={words.confirm(view.deletePhrase)}
          value={view.values['confirmation'] ?? ''}
          errors={view.errors}
          autocomplete="off"
        />
        <button class="btn danger" type="submit">
          <Icon name="trash" />
          {words.delete}
        </button>
      </form>
    </details>
  )
}

function RecordsChoice({ chosen }: { chosen: string }) {
  const words = t.settings.data
  return (
    <fieldset class="choice-list">
      <legend>{words.records}</legend>
      {Object.entries(words.recordChoices).map(([value, label]) => (
        <label key={value}>
          <input type="radio" name="records" value={value} checked={value === chosen} />
          {label}
        </label>
      ))}
      <p class="note">{words.keepNote}</p>
    </fieldset>
  )
}
