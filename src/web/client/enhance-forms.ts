import { announce } from './enhance-menus.ts'
import { swapPage } from './swap-page.ts'

/**
 * Sends forms without leaving the page and shows what comes back. A form whose answer may be another site
 * (`data-full`: signing in) goes the browser's own way, and so does everything where the script never ran.
 */
export function enhanceForms(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (
      event.defaultPrevented ||
      !(form instanceof HTMLFormElement) ||
      form.method !== 'post' ||
      'full' in form.dataset
    )
      return
    event.preventDefault()
    const submitter = event.submitter instanceof HTMLElement ? event.submitter : null
    void send(form, submitter)
  })
  addEventListener('popstate', () => location.reload())
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  if (form.getAttribute('aria-busy') === 'true') return
  setBusy(form, submitter, true)
  try {
    const response = await fetch(form.getAttribute('action') ?? location.href, {
      method: 'POST',
      body: bodyOf(form, submitter),
      headers: { accept: 'text/html' },
    })
    if (!response.headers.get('content-type')?.startsWith('text/html')) return location.assign(response.url)
    show(response, await response.text())
  } catch {
    tellFailure()
  } finally {
    setBusy(form, submitter, false)
  }
}

function bodyOf(form: HTMLFormElement, submitter: HTMLElement | null): FormData | URLSearchParams {
  const data = new FormData(form, submitter)
  if (form.enctype === 'multipart/form-data') return data
  const body = new URLSearchParams()
  for (const [name, value] of data) if (typeof value === 'string') body.append(name, value)
  return body
}

function show(response: Response, html: string): void {
  const isHere = new URL(response.url).pathname === location.pathname
  document.documentElement.dispatchEvent(new CustomEvent('form:sent'))
  if (response.redirected && response.url !== location.href) history.pushState(null, '', response.url)
  swapPage(html, { keepPlace: !response.redirected || isHere })
  announce(document.querySelector('#flash')?.textContent?.trim() ?? '')
}

function setBusy(form: HTMLFormElement, submitter: HTMLElement | null, busy: boolean): void {
  form.setAttribute('aria-busy', String(busy))
  submitter?.setAttribute('aria-disabled', String(busy))
  document.documentElement.classList.toggle('busy', busy)
}

/** What was typed is still there: only the sending failed. */
function tellFailure(): void {
  const flash = document.getElementById('flash')
  const text = document.documentElement.dataset['offline'] ?? ''
  if (!flash) return
  const notice = document.createElement('div')
  notice.className = 'notice bad'
  notice.textContent = text
  flash.replaceChildren(notice)
  flash.scrollIntoView({ block: 'center' })
}
