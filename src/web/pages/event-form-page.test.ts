import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyIntent,
  emptyEventForm,
  type EventFormPageView,
  type EventFormValues,
  focusAfter,
  readEventForm,
  toEventBody,
} from '../view/event-form.ts'
import type { Shell } from '../view/shell.ts'
import { EventFormPage } from './event-form-page.tsx'
import { pageHtml } from './render-page.ts'

const shell: Shell = {
  path: '/events/new',
  publicUrl: 'http://127.0.0.1',
  nonce: 'n',
  assets: { css: '', js: '', font: '' },
  viewer: null,
  now: new Date('2026-12-03T12:00:00Z'),
  zone: null,
  locale: 'en-GB',
  flash: null,
  isDemo: false,
}

function page(values: EventFormValues, change: Partial<EventFormPageView> = {}): string {
  return pageHtml(EventFormPage, {
    shell,
    view: {
      event: null,
      values,
      errors: [],
      pictureSrc: null,
      showPreview: false,
      connection: 'none',
      focus: null,
      ...change,
    },
  })
}

const unescapeText = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
const attribute = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]

/** What a browser without a script would post of this HTML, by the button `intent`. */
function post(html: string, intent: string): FormData {
  const form = new FormData()
  const body = html.slice(html.indexOf('class="event-form"'))
  for (const [tag] of body.matchAll(/<input\b(?:[^>"]|"[^"]*")*>/g)) {
    const [name, type] = [attribute(tag, 'name'), attribute(tag, 'type')]
    if (!name || type === 'file' || ((type === 'checkbox' || type === 'radio') && !/ checked/.test(tag))) continue
    form.append(name, unescapeText(attribute(tag, 'value') ?? ''))
  }
  for (const [, tag = '', text = ''] of body.matchAll(/<textarea\b((?:[^>"]|"[^"]*")*)>([^]*?)<\/textarea>/g)) {
    form.append(attribute(tag, 'name') ?? '', unescapeText(text.replace(/^\n/, '')).replaceAll('\n', '\r\n'))
  }
  for (const [, tag = '', options = ''] of body.matchAll(/<select\b([^>]*)>([^]*?)<\/select>/g)) {
    form.append(
      attribute(tag, 'name') ?? '',
      unescapeText(attribute(/<option[^>]* selected(?:[^>"]|"[^"]*")*>/.exec(options)?.[0] ?? '', 'value') ?? ''),
    )
  }
  form.append('intent', intent)
  return form
}

const line = fc.string({
  unit: fc.constantFrom('a', 'ü', '👋', ' ', '"', "'", '<', '>', '&', '&amp;', '</textarea>', '\\'),
  maxLength: 12,
})
const prose = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'))
const address = fc.record({
  kind: fc.constant('address' as const),
  name: line,
  street: line,
  locality: line,
  region: line,
  postalCode: line,
  country: line,
})
const kept = line.map((name) => ({
  kind: 'kept' as const,
  location: { kind: 'geo' as const, name, latitude: 1.5, longitude: -2 },
}))
const anyValues: fc.Arbitrary<EventFormValues> = fc.record({
  name: prose,
  description: prose,
  startDate: line,
  startTime: line,
  endDate: line,
  endTime: line,
  timezone: line,
  mode: fc.constantFrom('inperson', 'virtual', 'hybrid'),
  status: fc.constant('scheduled'),
  locations: fc.array(fc.oneof(address, kept), { maxLength: 3 }),
  uris: fc.array(fc.record({ name: line, uri: line }), { maxLength: 3 }),
  pictureCid: line,
  pictureAlt: line,
  visibility: fc.constantFrom('public', 'unlisted', 'private'),
  publishUnlisted: fc.boolean(),
  rsvpExpected: fc.boolean(),
  capacity: line,
  waitlist: fc.boolean(),
  approval: fc.boolean(),
  approvalQuestion: line,
  rsvpDeadline: line,
  version: line,
})

describe('the event form', () => {
  it('comes back with everything that was typed, without a script', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        expect(readEventForm(post(page(values), 'preview')).values).toEqual(values)
      }),
    )
  })

  it('adds a row, says where to go on, and takes rows away', () => {
    const { values, intent } = readEventForm(post(page(emptyEventForm('Europe/Berlin')), 'add-location'))
    const grown = applyIntent(values, intent)
    expect(grown.locations).toHaveLength(2)
    expect(focusAfter(grown, intent)).toBe('locations.1.name')
    expect(page(grown, { focus: 'locations.1.name' })).toMatch(
      /name="locations\.1\.name"[^>]*|autofocus[^>]*name="locations\.1\.name"/,
    )
    expect(applyIntent(grown, { kind: 'remove-location', index: 0 }).locations).toHaveLength(1)
  })

  it('keeps the status of another app, which no list of ours has', () => {
    const values = { ...emptyEventForm(null), status: 'sold-out' }
    const event = { path: '/events/x', name: 'X', hue: 1, isDraft: false, isPublished: true }
    expect(readEventForm(post(page(values, { event }), 'save')).values.status).toBe('sold-out')
  })

  it('shows each error beside its field and once at the top', () => {
    const html = page(emptyEventForm(null), {
      errors: [
        { field: 'startsAt', message: 'When is it?' },
        { field: 'locations.0.country', message: 'Two letters.' },
      ],
    })
    expect(html).toContain('href="#startDate"')
    expect(html).toMatch(/id="startDate"[^>]*aria-invalid="true"[^>]*aria-describedby="startDate-error"/)
    expect(html).toContain('id="locations.0.country-error"')
    expect(html.match(/When is it\?/g)).toHaveLength(2)
  })
})

describe('toEventBody', () => {
  it('says the API’s words: wall times, no empty rows, the end on the day of the start', () => {
    const values = {
      ...emptyEventForm('Europe/Berlin'),
      name: ' Swim ',
      startDate: '2026-12-10',
      startTime: '07:00',
      endTime: '08:00',
      capacity: '12',
    }
    expect(toEventBody(values)).toMatchObject({
      name: 'Swim',
      startsAt: '2026-12-10T07:00',
      endsAt: '2026-12-10T08:00',
      timezone: 'Europe/Berlin',
      locations: [],
      uris: [],
      capacity: 12,
    })
  })
})
