export type ReadMail = {
  from: string
  to: string
  subject: string
  text: string
  html: string
  headers: [string, string][]
}

/** A mail as the sandbox keeps it. */
export type CaughtMail = ReadMail & { id: number; receivedAt: Date; recipients: string[] }

type Part = { headers: [string, string][]; body: Buffer }

/** Reads what nodemailer writes (RFC 5322, MIME): text and HTML in any nesting of parts; attachments are left out. */
export function readMail(raw: Buffer): ReadMail {
  const part = readPart(raw)
  const texts = { text: '', html: '' }
  collect(part, texts)
  const value = (name: string) => decodeWords(headerOf(part, name))
  return { from: value('from'), to: value('to'), subject: value('subject'), ...texts, headers: part.headers }
}

function readPart(raw: Buffer): Part {
  const end = raw.indexOf('\r\n\r\n')
  const head = (end < 0 ? raw : raw.subarray(0, end)).toString('utf8')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { headers, body: end < 0 ? Buffer.of() : raw.subarray(end + 4) }
}

function headerOf({ headers }: Part, name: string): string {
  return headers.find(([key]) => key === name)?.[1] ?? ''
}

function collect(part: Part, texts: { text: string; html: string }): void {
  const type = headerOf(part, 'content-type') || 'text/plain'
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary) for (const inner of splitParts(part.body, boundary)) collect(inner, texts)
  else if (/^attachment/i.test(headerOf(part, 'content-disposition'))) return
  else if (/^text\/plain/i.test(type)) texts.text ||= decodeBody(part)
  else if (/^text\/html/i.test(type)) texts.html ||= decodeBody(part)
}

function splitParts(body: Buffer, boundary: string): Part[] {
  // latin1 keeps each byte as one character.
  const pieces = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1)
  const inner = pieces.filter((piece) => !piece.startsWith('--'))
  return inner.map((piece) => readPart(Buffer.from(piece.replace(/^[ \t]*\r\n/, ''), 'latin1')))
}

function decodeBody(part: Part): string {
  const encoding = headerOf(part, 'content-transfer-encoding').toLowerCase()
  const bytes = decodeTransfer(part.body, encoding)
  return bytes.toString('utf8').replaceAll('\r\n', '\n').trim()
}

function decodeTransfer(body: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  if (encoding === 'quoted-printable') return decodeQuoted(body.toString('latin1').replace(/=[ \t]*\r\n/g, ''))
  return body
}

function decodeQuoted(text: string): Buffer {
  const decoded = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(decoded, 'latin1')
}

/** RFC 2047: `=?UTF-8?Q?…?=` and `=?UTF-8?B?…?=`; white space between two of them is not theirs. */
function decodeWords(text: string): string {
  const joined = text.replace(/(\?=)\s+(?==\?)/g, '$1')
  return joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(word, 'base64').toString('utf8')
      : decodeQuoted(word.replaceAll('_', ' ')).toString('utf8'),
  )
}
