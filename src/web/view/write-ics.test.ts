import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type IcsEvent, foldLine, writeIcs } from './write-ics.ts'

const event: IcsEvent = {
  uid: 'swim-0001@openmeet.example',
  sequence: 3,
  createdAt: new Date('2030-01-01T00:00:00Z'),
  updatedAt: new Date('2030-01-02T00:00:00Z'),
  when: { start: new Date('2030-06-01T05:00:00Z'), end: new Date('2030-06-01T06:30:00Z') },
  summary: 'Swim, then coffee; bring C:\\towel',
  description: 'Line one\r\nline two',
  location: 'Lido, Berlin',
  url: 'https://openmeet.example/events/swim-0001',
  status: 'CONFIRMED',
}
const now = new Date('2030-01-03T04:05:06Z')

/** As RFC 5545 3.1 has it read. */
const unfold = (ics: string) => ics.replaceAll('\r\n ', '').split('\r\n').slice(0, -1)
const unescape = (text: string) =>
  text.replaceAll(/\\([\\;,nN])/g, (_, char: string) => (/n/i.test(char) ? '\n' : char))
const valueOf = (ics: string, name: string) =>
  unfold(ics)
    .find((line) => line.startsWith(`${name}:`))
    ?.slice(name.length + 1)

describe('a calendar file', () => {
  it('says the event in the words of RFC 5545', () => {
    expect(unfold(writeIcs([event], { now }))).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//OpenMeet//OpenMeet//EN',
      'CALSCALE:GREGORIAN',
      'BEGIN:VEVENT',
      'UID:swim-0001@openmeet.example',
      'DTSTAMP:20300103T040506Z',
      'SEQUENCE:3',
      'CREATED:20300101T000000Z',
      'LAST-MODIFIED:20300102T000000Z',
      'DTSTART:20300601T050000Z',
      'DTEND:20300601T063000Z',
      String.raw`SUMMARY:Swim\, then coffee\; bring C:\\towel`,
      String.raw`DESCRIPTION:Line one\nline two`,
      String.raw`LOCATION:Lido\, Berlin`,
      'URL:https://openmeet.example/events/swim-0001',
      'STATUS:CONFIRMED',
      'END:VEVENT',
      'END:VCALENDAR',
    ])
  })

  it('ends an event of whole days on the day after its last', () => {
    const ics = writeIcs([{ ...event, when: { firstDay: '2030-12-30', lastDay: '2030-12-31' } }], { now })
    expect(ics).toContain('DTSTART;VALUE=DATE:20301230\r\nDTEND;VALUE=DATE:20310101\r\n')
  })

  it('keeps any text within its line, whatever it says, and gives it back', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('x\r\nBEGIN:VEVENT\r\nUID:evil', 'END:VCALENDAR', '\\n', '日本語'.repeat(60), '👩‍👩‍👧'.repeat(30)),
    )
    fc.assert(
      fc.property(anyText, anyText, (summary, description) => {
        const ics = writeIcs([{ ...event, summary, description }], { now })
        const lines = ics.split('\r\n')
        expect(lines.every((line) => Buffer.byteLength(line) <= 75)).toBe(true)
        expect(ics.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
        expect(unfold(ics).filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(1)
        const plain = (text: string) => text.replaceAll(/\r\n?/g, '\n').replaceAll(/(?![\t\n])\p{Cc}/gu, '')
        expect(unescape(valueOf(ics, 'SUMMARY') ?? '')).toBe(plain(summary).toWellFormed())
        expect(unescape(valueOf(ics, 'DESCRIPTION') ?? '')).toBe(plain(description).toWellFormed())
      }),
    )
  })

  it('cuts no character in two', () => {
    const folded = foldLine(`SUMMARY:${'ä'.repeat(100)}`)
    expect(folded.split('\r\n ').join('')).toBe(`SUMMARY:${'ä'.repeat(100)}`)
    expect(folded).not.toContain('\uFFFD')
  })
})
