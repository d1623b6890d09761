import { t } from '../messages.ts'
import { DescriptionFields, WhenFields, WhereFields } from '../ui/event-form-fields.tsx'
import { GuestFields, PictureField, StatusField, VisibilityField } from '../ui/event-form-options.tsx'
import { ErrorSummary, ErrorText, errorOf, typedText } from '../ui/field.tsx'
import { Layout } from '../ui/layout.tsx'
import { type EventFormPageView, inputName } from '../view/event-form.ts'
import type { Shell } from '../view/shell.ts'

type Props = { shell: Shell; view: EventFormPageView }

/** Create and edit. Every button is a submit: without the script the same form comes back with a row more and nothing lost. */
export function EventFormPage({ shell, view }: Props) {
  const { event, values } = view
  const errors = view.errors.map((error) => ({ ...error, field: inputName(error.field) }))
  const parts = { values, errors, focus: view.focus }
  return (
    <Layout
      shell={shell}
      title={event ? t.form.editTitle(event.name) : t.form.newTitle}
      hue={event?.hue ?? 0}
      isPrivate
    >
      <form
        method="post"
        action={event ? `${event.path}/edit` : '/events'}
        encType="multipart/form-data"
        class="event-form"
        noValidate
        data-guard
      >
        {/* The first submit button is what Enter in a field presses. */}
        <button class="vh" type="submit" name="intent" value="save" tabIndex={-1} aria-hidden="true" />
        <input type="hidden" name="version" value={values.version} />
        <div class="form-head">
          <h1 class={event ? 'small-title' : 'vh'}>{event ? t.form.editTitle(event.name) : t.form.newTitle}</h1>
          <ErrorSummary errors={errors} inputOf={(name) => name} />
        </div>
        <div class="form-side">
          <PictureField view={{ ...view, errors }} />
        </div>
        <div class="form-main">
          <NameField {...parts} isFresh={!event && view.focus === null && errors.length === 0 && !view.showPreview} />
          <WhenFields {...parts} />
          <WhereFields {...parts} />
          <DescriptionFields {...parts} showPreview={view.showPreview} />
          {event && <StatusField {...parts} />}
          <GuestFields {...parts} />
          <VisibilityField view={view} />
        </div>
        <FormBar view={view} />
      </form>
    </Layout>
  )
}

type NameProps = { values: EventFormPageView['values']; errors: EventFormPageView['errors']; isFresh: boolean }

function NameField({ values, errors, isFresh }: NameProps) {
  const error = errorOf(errors, 'name')
  return (
    <div class="field name-field">
      <label for="name" class="vh">
        {t.form.name}
      </label>
      <textarea
        id="name"
        name="name"
        rows={1}
        maxLength={1000}
        placeholder={t.form.namePlaceholder}
        autofocus={isFresh && values.name === ''}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? 'name-error' : undefined}
        dangerouslySetInnerHTML={typedText(values.name)}
      />
      {error && <ErrorText id="name-error" text={error} />}
    </div>
  )
}

/** Always in reach: what happens with all this. */
function FormBar({ view }: { view: EventFormPageView }) {
  const isDraft = view.event?.isDraft ?? true
  return (
    <div class="form-bar">
      <a class="btn quiet" href={view.event?.path ?? '/me/events'}>
        {t.form.discard}
      </a>
      {isDraft && (
        <button class="btn" type="submit" name="intent" value="draft">
          {t.form.saveDraft}
        </button>
      )}
      <button class="btn primary" type="submit" name="intent" value={isDraft ? 'publish' : 'save'}>
        {isDraft ? t.form.publish : t.form.save}
      </button>
    </div>
  )
}
