/** One event of a calendar file (RFC 5545). Days are of the event's own zone, the last one included. */
export type IcsEvent = {
  /** Stays the same for ever: it is how calendars know the event again. */
  uid: string
  /** Grows with every change. */
  sequence: number
  updatedAt: Date
  createdAt: Date
  when: { start: Date; end: Date } | { firstDay: string; lastDay: string }
  summary: string
  description: string
  location: string
  url: string
  status: 'TENTATIVE' | 'CONFIRMED' | 'CANCELLED'
}

/** A calendar with these events, as a file: CRLF, lines of at most 75 octets, text escaped. */
export function writeIcs(events: readonly IcsEvent[], { now }: { now: Date }): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//OpenMeet//OpenMeet//EN',
    'CALSCALE:GREGORIAN',
    ...events.flatMap((event) => eventLines(event, now)),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${foldLine(line)}\r\n`).join('')
}

function eventLines(event: IcsEvent, now: Date): string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${escapeText(event.uid)}`,
    `DTSTAMP:${utc(now)}`,
    `SEQUENCE:${event.sequence}`,
    `CREATED:${utc(event.createdAt)}`,
    `LAST-MODIFIED:${utc(event.updatedAt)}`,
    ...whenLines(event.when),
    `SUMMARY:${escapeText(event.summary)}`,
    ...(event.description ? [`DESCRIPTION:${escapeText(event.description)}`] : []),
    ...(event.location ? [`LOCATION:${escapeText(event.location)}`] : []),
    `URL:${event.url}`,
    `STATUS:${event.status}`,
    'END:VEVENT',
  ]
}

function whenLines(when: IcsEvent['when']): string[] {
  if ('start' in when) return [`DTSTART:${utc(when.start)}`, `DTEND:${utc(when.end)}`]
  // DTEND is the first day that is not part of it any more.
  const end = new Date(Date.parse(`${when.lastDay}T00:00:00Z`) + 24 * 3_600_000).toISOString().slice(0, 10)
  return [`DTSTART;VALUE=DATE:${compact(when.firstDay)}`, `DTEND;VALUE=DATE:${compact(end)}`]
}

const utc = (at: Date) => at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
const compact = (day: string) => day.replaceAll('-', '')

/** RFC 5545 3.3.11. Control characters have no place in a text. */
function escapeText(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?![\t\n])\p{Cc}/gu, '')
    .replaceAll(/[\\;,]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
}

const maxOctets = 75

/** Continuation lines begin with a space; no character is cut in two. */
export function foldLine(line: string): string {
  let folded = ''
  let octets = 0
  for (const char of line) {
    const size = Buffer.byteLength(char)
    if (octets + size > maxOctets) {
      folded += '\r\n '
      octets = 1
    }
    folded += char
    octets += size
  }
  return folded
}
