import type { FieldError } from '../../base/errors.ts'
import { t } from '../messages.ts'
import type { EventFormPageView, EventFormValues } from '../view/event-form.ts'
import { seedOf } from '../view/hue.ts'
import { CoverImage } from './cover-image.tsx'
import { CheckField, ErrorText, errorOf, Field, SelectField } from './field.tsx'
import { Icon, type IconName } from './icons.tsx'

type Props = { values: EventFormValues; errors: FieldError[] }

/** The picture as it will look, what it shows in words, and the way to change it. */
export function PictureField({ view }: { view: EventFormPageView }) {
  const { values, errors, pictureSrc } = view
  const error = errorOf(errors, 'picture')
  const hue = view.event?.hue ?? 0
  const seed = seedOf(view.event?.path.slice('/events/'.length) ?? 'new')
  return (
    <div class={`picture-field ${pictureSrc ? 'has-picture' : ''}`}>
      <CoverImage
        cover={pictureSrc ? { kind: 'picture', src: pictureSrc, alt: values.pictureAlt } : { kind: 'art', seed }}
        hue={hue}
        eager
      />
      <label class="btn small file">
        <Icon name="image" />
        {pictureSrc ? t.form.pictureReplace : t.form.pictureChoose}
        <input
          type="file"
          name="picture"
          id="picture"
          accept="image/jpeg,image/png,image/webp,image/avif,image/gif"
          aria-describedby={error ? 'picture-error picture-hint' : 'picture-hint'}
        />
      </label>
      {error && <ErrorText id="picture-error" text={error} />}
      <small class="note" id="picture-hint">
        {t.form.pictureHint}
      </small>
      <input type="hidden" name="pictureCid" value={values.pictureCid} />
      <div class="alt-field">
        <Field
          name="pictureAlt"
          label={t.form.pictureAlt}
          value={values.pictureAlt}
          errors={errors}
          hint={t.form.pictureAltHint}
          isOptional
          maxLength={1000}
        />
      </div>
      {pictureSrc && (
        <button class="btn small quiet" type="submit" name="intent" value="remove-picture" formNoValidate>
          <Icon name="trash" />
          {t.form.removePicture}
        </button>
      )}
    </div>
  )
}

const visibilityIcons: Record<string, IconName> = { public: 'globe', unlisted: 'link', private: 'lock' }

/** Who sees it, in plain words, and what that means for the record. */
export function VisibilityField({ view }: { view: EventFormPageView }) {
  const { visibility } = view.values
  return (
    <fieldset class="card block visibility">
      <legend>{t.form.visibility}</legend>
      {Object.entries(t.form.visibilities).map(([value, words]) => (
        <label key={value} class="check">
          <input type="radio" name="visibility" value={value} checked={visibility === value} />
          <span>
            <strong>
              <Icon name={visibilityIcons[value] ?? 'globe'} />
              {words.name}
            </strong>
            <small>{words.text}</small>
          </span>
        </label>
      ))}
      <div class="if-unlisted">
        <CheckField
          name="publishUnlisted"
          label={t.form.publishUnlisted}
          hint={t.form.publishUnlistedHint}
          checked={view.values.publishUnlisted}
        />
      </div>
      {view.event?.isPublished && <p class="notice warn leaving">{t.form.leavingPublic}</p>}
      <p class="note publishes">{t.form.publishes[view.connection]}</p>
    </fieldset>
  )
}

export function GuestFields({ values, errors }: Props) {
  return (
    <fieldset class="card block guests">
      <legend>{t.form.guests}</legend>
      <CheckField
        name="rsvpExpected"
        label={t.form.rsvpExpected}
        hint={t.form.rsvpExpectedHint}
        checked={values.rsvpExpected}
      />
      <div class="if-rsvp">
        <div class="two">
          <Field
            name="capacity"
            label={t.form.capacity}
            value={values.capacity}
            errors={errors}
            hint={t.form.capacityHint}
            inputMode="numeric"
            autocomplete="off"
          />
          <Field
            name="rsvpDeadline"
            label={t.form.deadline}
            type="datetime-local"
            value={values.rsvpDeadline}
            errors={errors}
            hint={t.form.deadlineHint}
          />
        </div>
        <CheckField name="waitlist" label={t.form.waitlist} hint={t.form.waitlistHint} checked={values.waitlist} />
        <CheckField name="approval" label={t.form.approval} hint={t.form.approvalHint} checked={values.approval} />
        <div class="if-approval">
          <Field
            name="approvalQuestion"
            label={t.form.approvalQuestion}
            value={values.approvalQuestion}
            errors={errors}
            isOptional
            placeholder={t.form.approvalQuestionPlaceholder}
            maxLength={300}
          />
        </div>
      </div>
    </fieldset>
  )
}

export function StatusField({ values, errors }: Props) {
  return (
    <div class="card block">
      <SelectField
        name="status"
        label={t.form.status}
        value={values.status}
        errors={errors}
        options={t.form.statuses}
      />
    </div>
  )
}
