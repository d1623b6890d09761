import type { CaughtMail } from './read-mail.ts'

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: light-dark(#1b1b1f, #ececf0); background: light-dark(#fbfbfd, #17171b) }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
ul { list-style: none; padding: 0 }
li a { display: block; padding: .75rem 0; border-top: 1px solid light-dark(#e3e3e8, #33333a); color: inherit; text-decoration: none }
li a:hover strong { text-decoration: underline }
small, dt { color: light-dark(#5c5c66, #a3a3ad) }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem }
dd { margin: 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; border-top: 1px solid light-dark(#e3e3e8, #33333a); padding-top: 1rem }`

export function mailsPage(mails: readonly CaughtMail[]): string {
  const items = mails.map(
    (mail) =>
      `<li><a href="/messages/${mail.id}"><strong>${escape(mail.subject || '(no subject)')}</strong><br>` +
      `<small>to ${escape(mail.recipients.join(', '))} · ${timeOf(mail)}</small></a></li>`,
  )
  const list = items.length > 0 ? `<ul>${items.join('')}</ul>` : '<p>No mail yet. What OpenMeet sends arrives here.</p>'
  // Reads itself again: scripts are not allowed here.
  return frame('Mail', `<h1>Mail</h1>${list}`, '<meta http-equiv="refresh" content="5">')
}

export function mailPage(mail: CaughtMail): string {
  const { subject, from, recipients, text, html } = mail
  const body = linkify(escape(text || html))
  return frame(
    subject,
    `<p><a href="/">All mail</a></p><h1>${escape(subject || '(no subject)')}</h1>
<dl><dt>From</dt><dd>${escape(from)}</dd><dt>To</dt><dd>${escape(recipients.join(', '))}</dd><dt>At</dt><dd>${timeOf(mail)}</dd></dl>
<pre>${body}</pre>`,
  )
}

function frame(title: string, body: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>${head}<style>${style}</style></head><body>${body}</body></html>`
}

function timeOf({ receivedAt }: CaughtMail): string {
  return `<time datetime="${receivedAt.toISOString()}">${receivedAt.toISOString().slice(11, 19)} UTC</time>`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char)
}

/** Of text that is escaped already. */
function linkify(text: string): string {
  return text.replace(
    /https?:\/\/[^\s<>&]+(?:&amp;[^\s<>&]+)*/g,
    (url) => `<a href="${url}" rel="noreferrer">${url}</a>`,
  )
}
