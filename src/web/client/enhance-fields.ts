/** Small helps in forms: the browser's zone, an end that follows the start, the chosen picture, a guard against losing text. */
export function enhanceFields(): void {
  presetZone()
  document.addEventListener('page:swapped', presetZone)
  document.addEventListener('change', (event) => {
    const field = event.target
    // A select that is its own save button.
    if (field instanceof HTMLSelectElement && 'submit' in field.dataset) field.form?.requestSubmit()
    if (field instanceof HTMLInputElement && field.name === 'startDate') moveEnd(field)
    if (field instanceof HTMLInputElement && field.type === 'file') showPicture(field)
  })
  guardTyping()
}

function presetZone(): void {
  const field = document.querySelector<HTMLInputElement>('input[name="timezone"]')
  if (field && field.value === '') field.value = Intl.DateTimeFormat().resolvedOptions().timeZone
}

function moveEnd(start: HTMLInputElement): void {
  const end = start.form?.querySelector<HTMLInputElement>('input[name="endDate"]')
  if (end && start.value !== '' && (end.value === '' || end.value < start.value)) end.value = start.value
}

function showPicture(field: HTMLInputElement): void {
  const file = field.files?.[0]
  const frame = field.closest('.picture-field')?.querySelector<HTMLElement>('.cover')
  if (!file || !frame || !file.type.startsWith('image/') || file.type === 'image/svg+xml') return
  const reader = new FileReader()
  reader.addEventListener('load', () => {
    if (typeof reader.result !== 'string') return
    const image = new Image()
    image.alt = ''
    image.src = reader.result
    frame.replaceChildren(image)
    frame.closest('.picture-field')?.classList.add('has-picture')
  })
  reader.readAsDataURL(file)
}

function guardTyping(): void {
  let isDirty = false
  document.addEventListener('input', (event) => {
    if (event.target instanceof Element && event.target.closest('form[data-guard]')) isDirty = true
  })
  document.documentElement.addEventListener('form:sent', () => (isDirty = false))
  addEventListener('beforeunload', (event) => {
    if (isDirty && document.querySelector('form[data-guard]')) event.preventDefault()
  })
}
