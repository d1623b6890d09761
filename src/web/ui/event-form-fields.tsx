import type { FieldError } from '../../base/errors.ts'
import { t } from '../messages.ts'
import { renderDescription } from '../view/description.ts'
import type { EventFormValues, LocationValues } from '../view/event-form.ts'
import { toPlace } from '../view/place.ts'
import { zoneNames } from '../view/zone-names.ts'
import { ErrorText, errorOf, Field, TextAreaField } from './field.tsx'
import { Icon, type IconName } from './icons.tsx'

type Props = { values: EventFormValues; errors: FieldError[]; focus: string | null }

export function WhenFields({ values, errors }: Props) {
  return (
    <fieldset class="card block">
      <legend>{t.form.when}</legend>
      <div class="moments">
        <span class="moment-label" aria-hidden="true">
          {t.form.start}
        </span>
        <Field
          name="startDate"
          label={t.form.startDate}
          isLabelHidden
          type="date"
          value={values.startDate}
          errors={errors}
        />
        <Field
          name="startTime"
          label={t.form.startTime}
          isLabelHidden
          type="time"
          value={values.startTime}
          errors={errors}
        />
        <span class="moment-label" aria-hidden="true">
          {t.form.end}
        </span>
        <Field name="endDate" label={t.form.endDate} isLabelHidden type="date" value={values.endDate} errors={errors} />
        <Field name="endTime" label={t.form.endTime} isLabelHidden type="time" value={values.endTime} errors={errors} />
      </div>
      <Field
        name="timezone"
        label={t.form.timezone}
        value={values.timezone}
        errors={errors}
        hint={t.form.timezoneHint}
        list="zones"
        autocomplete="off"
        placeholder="Europe/Berlin"
      />
      <datalist id="zones">
        {zoneNames().map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <p class="note">{t.form.noDate}</p>
    </fieldset>
  )
}

const modeIcons: Record<string, IconName> = { inperson: 'pin', virtual: 'video', hybrid: 'people' }

export function WhereFields({ values, errors, focus }: Props) {
  return (
    <fieldset class="card block where">
      <legend>{t.form.where}</legend>
      {!Object.hasOwn(t.form.modes, values.mode) && <input type="hidden" name="mode" value={values.mode} />}
      <div class="segmented" role="radiogroup" aria-label={t.form.mode}>
        {Object.entries(t.form.modes).map(([mode, label]) => (
          <label key={mode}>
            <input type="radio" name="mode" value={mode} checked={values.mode === mode} />
            <span>
              <Icon name={modeIcons[mode] ?? 'pin'} />
              {label}
            </span>
          </label>
        ))}
      </div>
      <div class="rows">
        {values.locations.map((location, i) => (
          <LocationRow key={i} location={location} index={i} errors={errors} focus={focus} />
        ))}
        {values.uris.map((row, i) => (
          <UriRow key={i} row={row} index={i} errors={errors} focus={focus} />
        ))}
      </div>
      <div class="actions">
        <AddButton intent="add-location" icon="pin" label={t.form.addPlace} />
        <AddButton intent="add-uri" icon="link" label={t.form.addLink} />
      </div>
      <p class="note">{t.form.linksHint}</p>
    </fieldset>
  )
}

function AddButton({ intent, icon, label }: { intent: string; icon: IconName; label: string }) {
  return (
    <button class="btn small" type="submit" name="intent" value={intent} formNoValidate>
      <Icon name={icon} />
      {label}
    </button>
  )
}

function RemoveButton({ intent, label }: { intent: string; label: string }) {
  return (
    <button class="btn small quiet remove" type="submit" name="intent" value={intent} aria-label={label} formNoValidate>
      <Icon name="close" />
    </button>
  )
}

type RowProps = { index: number; errors: FieldError[]; focus: string | null }

function LocationRow({ location, index, errors, focus }: RowProps & { location: LocationValues }) {
  const row = `locations.${index}`
  return (
    <fieldset class="row place">
      <legend class="vh">{t.form.place(index + 1)}</legend>
      <RemoveButton intent={`remove-location:${index}`} label={t.form.removePlace(index + 1)} />
      {location.kind === 'kept' ? (
        <KeptLocation location={location} row={row} />
      ) : (
        <AddressFields address={location} row={row} errors={errors} focus={focus} />
      )}
      {errorOf(errors, row) && <ErrorText id={`${row}-error`} text={errorOf(errors, row) ?? ''} />}
    </fieldset>
  )
}

type Address = Extract<LocationValues, { kind: 'address' }>

function AddressFields({
  address,
  row,
  errors,
  focus,
}: {
  address: Address
  row: string
  errors: FieldError[]
  focus: string | null
}) {
  const field = (name: Exclude<keyof Address, 'kind'>, width: string) => ({
    name: `${row}.${name}`,
    value: address[name],
    errors,
    width,
    placeholder: ' ',
    autocomplete: 'off',
  })
  return (
    <div class="place-fields">
      <Field {...field('name', 'half')} label={t.form.placeName} autofocus={focus === `${row}.name`} />
      <Field {...field('street', 'half')} label={t.form.street} />
      <Field {...field('postalCode', 'short')} label={t.form.postalCode} />
      <Field {...field('locality', 'long')} label={t.form.locality} />
      <Field {...field('region', 'long')} label={t.form.region} isOptional />
      <Field {...field('country', 'short')} label={t.form.country} placeholder={t.form.countryHint} maxLength={2} />
    </div>
  )
}

function KeptLocation({ location, row }: { location: Extract<LocationValues, { kind: 'kept' }>; row: string }) {
  const place = toPlace(location.location)
  return (
    <p class="kept">
      <Icon name="pin" />
      <span>
        <strong>{place?.title ?? location.location.kind}</strong>
        <small class="muted">{place?.detail ?? t.form.keptPlace}</small>
      </span>
      <input type="hidden" name={`${row}.kept`} value={JSON.stringify(location.location)} />
    </p>
  )
}

function UriRow({ row: values, index, errors, focus }: RowProps & { row: { name: string; uri: string } }) {
  const row = `uris.${index}`
  return (
    <fieldset class="row">
      <legend class="vh">{t.form.link(index + 1)}</legend>
      <RemoveButton intent={`remove-uri:${index}`} label={t.form.removeLink(index + 1)} />
      <div class="place-fields">
        <Field
          name={`${row}.uri`}
          label={t.form.linkUri}
          value={values.uri}
          errors={errors}
          width="half"
          inputMode="url"
          placeholder="https://"
          autofocus={focus === `${row}.uri`}
          autocomplete="off"
        />
        <Field
          name={`${row}.name`}
          label={t.form.linkName}
          value={values.name}
          errors={errors}
          width="half"
          isOptional
          autocomplete="off"
        />
      </div>
    </fieldset>
  )
}

export function DescriptionFields({ values, errors, showPreview }: Props & { showPreview: boolean }) {
  return (
    <div class="card block">
      <TextAreaField
        name="description"
        label={t.form.description}
        value={values.description}
        errors={errors}
        hint={t.form.descriptionHint}
        rows={8}
      />
      <div class="actions">
        <button class="btn small" type="submit" name="intent" value="preview" formNoValidate>
          {t.form.preview}
        </button>
      </div>
      {showPreview && (
        <section class="preview" aria-labelledby="preview-title" tabIndex={-1} autofocus>
          <h2 id="preview-title">{t.form.previewTitle}</h2>
          {values.description.trim() ? (
            <div class="prose" dangerouslySetInnerHTML={{ __html: renderDescription(values.description, null) }} />
          ) : (
            <p class="note">{t.form.previewEmpty}</p>
          )}
        </section>
      )}
    </div>
  )
}
