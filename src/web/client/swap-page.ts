/** The page another request answered with, in place of this one. `keepPlace`: the same page again, a row longer. */
export function swapPage(html: string, options: { keepPlace: boolean }): void {
  const next = new DOMParser().parseFromString(html, 'text/html')
  const top = scrollY
  const stood =
    document.activeElement && document.activeElement !== document.body
      ? pathTo(document.body, document.activeElement)
      : null
  document.title = next.title
  document.body.replaceWith(document.adoptNode(next.body))
  document.dispatchEvent(new CustomEvent('page:swapped'))
  if (options.keepPlace) scrollTo({ top, behavior: 'instant' })
  else scrollTo({ top: 0, behavior: 'instant' })
  const asked = document.querySelector<HTMLElement>('[autofocus]')
  if (asked) asked.focus()
  else
    (options.keepPlace && stood ? nodeAt(document.body, stood) : document.getElementById('main'))?.focus({
      preventScroll: true,
    })
}

/**
 * Takes over the parts of a newer version of this page that changed, and returns what they have to say.
 * A part in which somebody is typing stays; open details and the focus survive.
 */
export function swapLiveParts(html: string): string[] {
  const next = new DOMParser().parseFromString(html, 'text/html')
  const said = new Set<string>()
  for (const part of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const newer = next.getElementById(part.id)
    if (!newer || isSame(part, newer) || isBusy(part)) continue
    const before = wordsOf(part)
    replaceKeepingFocus(part, document.importNode(newer, true))
    const after = wordsOf(newer)
    if (after !== '' && after !== before) said.add(after)
  }
  return [...said]
}

const wordsOf = (part: HTMLElement) =>
  [...part.querySelectorAll('[data-say]')].map((element) => element.textContent.trim()).join(', ')

/** Equal but for what the script itself wrote into it. */
function isSame(part: HTMLElement, newer: HTMLElement): boolean {
  const plain = (element: HTMLElement) => {
    const copy = element.cloneNode(true)
    if (!(copy instanceof HTMLElement)) return ''
    for (const details of copy.querySelectorAll('details')) details.open = false
    for (const time of copy.querySelectorAll('time[data-ago], [data-your-time]')) time.replaceChildren()
    for (const own of copy.querySelectorAll('[data-copy], [data-your-time]')) own.removeAttribute('hidden')
    return copy.outerHTML
  }
  return plain(part) === plain(newer)
}

function isBusy(part: HTMLElement): boolean {
  const focus = document.activeElement
  return focus instanceof HTMLElement && part.contains(focus) && focus.matches('input, textarea, select')
}

function replaceKeepingFocus(part: HTMLElement, newer: HTMLElement): void {
  const focus = document.activeElement
  const path = focus && part.contains(focus) ? pathTo(part, focus) : null
  const open = [...part.querySelectorAll('details')].map((details) => details.open)
  part.replaceWith(newer)
  for (const [i, details] of newer.querySelectorAll('details').entries()) details.open = open[i] ?? false
  if (path) nodeAt(newer, path)?.focus({ preventScroll: true })
}

function pathTo(root: Element, element: Element): string {
  if (element.id) return `#${CSS.escape(element.id)}`
  const name = element.getAttribute('name')
  if (name)
    return `${element.localName}[name="${CSS.escape(name)}"][value="${CSS.escape(element.getAttribute('value') ?? '')}"]`
  return `:nth-child(n) >> ${[...root.querySelectorAll('a, button, summary')].indexOf(element)}`
}

function nodeAt(root: HTMLElement, path: string): HTMLElement | null {
  const [selector = '', index] = path.split(' >> ')
  if (index !== undefined) return root.querySelectorAll<HTMLElement>('a, button, summary')[Number(index)] ?? null
  return root.querySelector<HTMLElement>(selector)
}
