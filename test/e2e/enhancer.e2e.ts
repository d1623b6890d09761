import type { ServerResponse } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { EventFormPage } from '../../src/web/pages/event-form-page.tsx'
import { EventPage } from '../../src/web/pages/event-page.tsx'
import { pageHtml } from '../../src/web/pages/render-page.ts'
import { applyIntent, emptyEventForm, focusAfter, isWriting, readEventForm } from '../../src/web/view/event-form.ts'
import type { AnswerView } from '../../src/web/view/event-view.ts'
import type { Shell } from '../../src/web/view/shell.ts'
import { openBrowser, type PageServer, servePages } from './page-server.ts'
import { blueskyOn, openAnswer, sampleEvent } from './sample-events.ts'

let browser: Browser
let server: PageServer
let page: Page
let answer: AnswerView
let isWaiting: boolean
let hasFlash: boolean
const streams = new Set<ServerResponse>()

const changed = () => streams.forEach((stream) => stream.write('event: changed\ndata: event:12\n\n'))
const eventHtml = (shell: Shell) =>
  pageHtml(EventPage, {
    shell: { ...shell, flash: hasFlash ? { tone: 'ok', text: 'Your answer is saved.' } : null },
    view: sampleEvent({ answer, canManage: true, bluesky: isWaiting ? { ...blueskyOn, state: 'waiting' } : blueskyOn }),
  })

function formHtml(shell: Shell, form: FormData | null): string {
  const read = form ? readEventForm(form) : { values: emptyEventForm(null), intent: { kind: 'preview' as const } }
  const values = applyIntent(read.values, read.intent)
  const errors = isWriting(read.intent) ? [{ field: 'name', message: 'Give the event a name.' }] : []
  return pageHtml(EventFormPage, {
    shell,
    view: {
      event: null,
      values,
      errors,
      pictureSrc: null,
      showPreview: false,
      connection: 'none',
      focus: focusAfter(values, read.intent),
    },
  })
}

beforeAll(async () => {
  browser = await openBrowser()
  server = await servePages(async (path, request, response, makeShell) => {
    const body = request.method === 'POST' ? Buffer.concat(await request.toArray()) : null
    if (path.startsWith('/live')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
      streams.add(response.on('close', () => streams.delete(response)))
      return 'stream'
    }
    if (path === '/events/new') return { body: formHtml(makeShell(), null) }
    if (path === '/events' && body) {
      const form = await new Response(body, {
        headers: { 'content-type': request.headers['content-type'] ?? '' },
      }).formData()
      const html = formHtml(makeShell(), form)
      return { status: html.includes('aria-invalid') ? 422 : 200, body: html }
    }
    if (path === '/events/atmosphere-berlin/rsvp' && body) {
      const status = new URLSearchParams(body.toString()).get('status')
      answer = {
        ...answer,
        mine: { status: status as 'going', place: 'confirmed', guests: 0, answer: null, waitlistPosition: null },
        counts: { ...answer.counts, going: 49 },
      }
      hasFlash = true
      return { status: 303, headers: { location: '/events/atmosphere-berlin' }, body: '' }
    }
    return path === '/events/atmosphere-berlin' ? { body: eventHtml(makeShell()) } : undefined
  })
})

beforeEach(async () => {
  answer = openAnswer
  isWaiting = true
  hasFlash = false
  page = await browser.newPage({ timezoneId: 'Asia/Tokyo' })
})
afterEach(() => page.close())
afterAll(async () => {
  await browser?.close()
  server?.close()
})

it('shows a change without a reload, keeps the focus and what is open, and says what changed', async () => {
  await page.goto(`${server.url}/events/atmosphere-berlin`)
  await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }))
  await expect.poll(() => streams.size).toBe(1)
  await page.locator('#record-details summary').click()
  await page.locator('button[value=interested]').focus()
  answer = { ...answer, counts: { ...answer.counts, going: 50 } }
  isWaiting = false
  changed()
  await page.getByRole('link', { name: '50 going · 17 interested' }).waitFor()
  expect(await page.locator('#bluesky .pill').textContent()).toBe('On Bluesky')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('value'))).toBe('interested')
  expect(await page.locator('#record-details').getAttribute('open')).toBe('')
  expect(await page.locator('#announcer').textContent()).toBe('On Bluesky. 50 going · 17 interested')
  expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true)
})

it('sends an answer without leaving the page, and keeps its place', async () => {
  await page.goto(`${server.url}/events/atmosphere-berlin`)
  await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }))
  await page.locator('button[value=going]').click()
  await page.getByText('You’re going').waitFor()
  expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true)
  expect(await page.locator('#announcer').textContent()).toBe('Your answer is saved.')
  expect(await page.getByRole('button', { name: 'Going' }).getAttribute('aria-pressed')).toBe('true')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('value'))).toBe('going')
})

it('loses nothing when the server cannot be reached', async () => {
  await page.goto(`${server.url}/events/new`)
  await page.locator('#name').fill('Swim')
  await page.route('**/events', (route) => route.abort())
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByText('That did not reach us').waitFor()
  expect(await page.locator('#name').inputValue()).toBe('Swim')
})

it('presets the zone, adds a row and stands in it; an error takes the focus', async () => {
  await page.goto(`${server.url}/events/new`)
  expect(await page.locator('#timezone').inputValue()).toBe('Asia/Tokyo')
  await page.locator('#description').fill('Line one\nline two')
  await page.getByRole('button', { name: 'Add a place' }).click()
  await page.locator('[name="locations.1.name"]').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('locations.1.name')
  expect(await page.locator('#description').inputValue()).toBe('Line one\nline two')
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByText('One thing needs your attention').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert')
})

it('tells a first-time visitor their own time', async () => {
  const context = await browser.newContext({ timezoneId: 'Asia/Tokyo' })
  const visitor = await context.newPage()
  await visitor.goto(`${server.url}/events/atmosphere-berlin`)
  expect((await context.cookies()).find((cookie) => cookie.name === 'tz')?.value).toBe('Asia/Tokyo')
  await context.close()
})

it('works without a script', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const plain = await context.newPage()
  await plain.goto(`${server.url}/events/new`)
  await plain.locator('#name').fill('Swim')
  await plain.getByRole('button', { name: 'Add a link' }).click()
  expect(await plain.locator('#name').inputValue()).toBe('Swim')
  expect(await plain.locator('[name="uris.1.uri"]').count()).toBe(1)
  await plain.goto(`${server.url}/events/atmosphere-berlin`)
  await plain.locator('button[value=going]').click()
  expect(await plain.getByText('You’re going').count()).toBe(1)
  await plain.getByText('Share', { exact: true }).click()
  expect(await plain.locator('.menu-list input').isVisible()).toBe(true)
  await context.close()
})
