/** A mail as it leaves: every header is one line (RFC 5322 has no other separator than CRLF, so none may slip in). */
export type MailMessage = { to: string; subject: string; text: string; html: string }

// Local part and domain as mail programs take them; no quoted local parts, no address literals.
const address =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** The address in the form it is stored and compared in, or undefined where the text is none. */
export function toEmail(text: string): string | undefined {
  const email = text.trim().toLowerCase()
  return email.length <= 254 && address.test(email) ? email : undefined
}

/** The mail with a sign-in code. `host` is shown so that people see where the code belongs. */
export function codeMail(to: string, code: string, host: string): MailMessage {
  const spaced = `${code.slice(0, 3)} ${code.slice(3)}`
  const subject = oneLine(`${spaced} is your code for ${host}`)
  const lines = [
    `Your code for ${host}:`,
    spaced,
    'Type it on the page where you asked for it. It is good for 10 minutes and works once, in that browser only.',
    'If you did not ask for it, you need not do anything: nobody can get in without the code. Do not give it to anybody.',
  ]
  return { to, subject, text: `${lines.join('\n\n')}\n`, html: htmlOf(lines) }
}

function htmlOf([lead = '', code = '', ...rest]: string[]): string {
  const paragraphs = rest.map((line) => `<p style="margin:0 0 12px;color:#555">${escapeHtml(line)}</p>`).join('')
  return [
    '<!doctype html><html lang="en"><body style="margin:0;padding:32px 16px;background:#f6f5f3;font:16px/1.5 system-ui,sans-serif;color:#1c1b1a">',
    '<div style="max-width:420px;margin:0 auto;padding:32px;background:#fff;border-radius:16px">',
    `<p style="margin:0 0 8px">${escapeHtml(lead)}</p>`,
    `<p style="margin:0 0 24px;font:600 36px/1.2 ui-monospace,monospace;letter-spacing:2px">${escapeHtml(code)}</p>`,
    `${paragraphs}</div></body></html>`,
  ].join('')
}

/** For what goes into a header: control characters, line breaks among them, become spaces. */
export function oneLine(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      .replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/gu, ' ')
      .trim()
      .slice(0, 250)
  )
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
