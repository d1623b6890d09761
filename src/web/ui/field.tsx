import type { ComponentChildren } from 'preact'
import type { FieldError } from '../../base/errors.ts'
import { t } from '../messages.ts'
import { Icon } from './icons.tsx'

export type FieldProps = {
  name: string
  label: string
  value: string
  errors: FieldError[]
  hint?: string
  type?: 'text' | 'date' | 'time' | 'datetime-local' | 'number' | 'email' | 'url'
  /** The label is for those who cannot see what surrounds the field. */
  isLabelHidden?: boolean
  isOptional?: boolean
  /** A class for its share of the row: `half`, `short`, `long`. */
  width?: string
  required?: boolean
  placeholder?: string
  autocomplete?: string
  autofocus?: boolean
  maxLength?: number
  list?: string
  inputMode?: 'numeric' | 'email' | 'url'
  pattern?: string
}

export function errorOf(errors: FieldError[], name: string): string | undefined {
  return errors.find((error) => error.field === name)?.message
}

/** What ties an input to its hint and its error for people who do not see them side by side. */
function describe(name: string, hint: string | undefined, error: string | undefined) {
  const ids = [error && `${name}-error`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return { id: name, name, 'aria-invalid': error ? (true as const) : undefined, 'aria-describedby': ids || undefined }
}

export function Field({
  name,
  label,
  value,
  errors,
  hint,
  isLabelHidden,
  isOptional,
  width,
  type = 'text',
  ...input
}: FieldProps) {
  const error = errorOf(errors, name)
  return (
    <FieldFrame
      name={name}
      label={label}
      error={error}
      hint={hint}
      isLabelHidden={isLabelHidden}
      isOptional={isOptional}
      width={width}
    >
      <input type={type} value={value} {...input} {...describe(name, hint, error)} />
    </FieldFrame>
  )
}

type TextAreaProps = Pick<
  FieldProps,
  'name' | 'label' | 'value' | 'errors' | 'hint' | 'placeholder' | 'isOptional' | 'autofocus'
> & { rows?: number }

export function TextAreaField({ name, label, value, errors, hint, isOptional, rows = 4, ...input }: TextAreaProps) {
  const error = errorOf(errors, name)
  return (
    <FieldFrame name={name} label={label} error={error} hint={hint} isOptional={isOptional}>
      <textarea rows={rows} {...input} {...describe(name, hint, error)} dangerouslySetInnerHTML={typedText(value)} />
    </FieldFrame>
  )
}

/** Inside of a textarea. The parser eats a line feed right after the tag, so one of ours goes first. */
export function typedText(text: string): { __html: string } {
  return { __html: `\n${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}` }
}

type SelectProps = Pick<FieldProps, 'name' | 'label' | 'value' | 'errors' | 'hint'> & {
  options: Record<string, string>
}

export function SelectField({ name, label, value, errors, hint, options }: SelectProps) {
  const error = errorOf(errors, name)
  const known = Object.hasOwn(options, value) ? options : { [value]: value, ...options }
  return (
    <FieldFrame name={name} label={label} error={error} hint={hint}>
      <select {...describe(name, hint, error)}>
        {Object.entries(known).map(([key, text]) => (
          <option key={key} value={key} selected={key === value}>
            {text}
          </option>
        ))}
      </select>
    </FieldFrame>
  )
}

type FrameProps = {
  name: string
  label: string
  error: string | undefined
  hint: string | undefined
  isLabelHidden?: boolean | undefined
  isOptional?: boolean | undefined
  width?: string | undefined
  children: ComponentChildren
}

function FieldFrame({ name, label, error, hint, isLabelHidden, isOptional, width, children }: FrameProps) {
  return (
    <div class={width ? `field ${width}` : 'field'}>
      <label for={name} class={isLabelHidden ? 'vh' : undefined}>
        {label}
        {isOptional && <span class="optional"> {t.form.optional}</span>}
      </label>
      {children}
      {error && <ErrorText id={`${name}-error`} text={error} />}
      {hint && <small id={`${name}-hint`}>{hint}</small>}
    </div>
  )
}

export function ErrorText({ id, text }: { id: string; text: string }) {
  return (
    <p class="error-text" id={id}>
      <Icon name="warning" />
      {text}
    </p>
  )
}

type CheckProps = { name: string; label: string; hint?: string; checked: boolean }

export function CheckField({ name, label, hint, checked }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" name={name} value="on" checked={checked} />
      <span>
        <strong>{label}</strong>
        {hint && <small>{hint}</small>}
      </span>
    </label>
  )
}

/** Every error at the top, each a link to its field; takes the focus, so that it is the first thing heard. */
export function ErrorSummary({ errors, inputOf }: { errors: FieldError[]; inputOf: (field: string) => string }) {
  if (errors.length === 0) return null
  return (
    <div class="notice bad summary" role="alert" tabIndex={-1} autofocus>
      <Icon name="warning" />
      <div>
        <strong>{t.form.summary(errors.length)}</strong>
        <ul role="list">
          {errors.map((error) => (
            <li key={error.field}>
              <a href={`#${inputOf(error.field)}`}>{error.message}</a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}
