import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type DemoProcess, startDemoProcess } from '../../testkit/demo-process.ts'
import { openBrowser } from './page-server.ts'

/** The first five minutes of a newcomer with `npm run demo`, in a browser, each step on what the last one left. */
let demo: DemoProcess
let browser: Browser
let context: BrowserContext
let page: Page
const wrong: string[] = []

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([startDemoProcess(), openBrowser()])
  context = await browser.newContext({ baseURL: demo.appUrl, timezoneId: 'America/New_York' })
  page = await openPage()
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})
beforeEach(() => void (wrong.length = 0))

async function openPage(): Promise<Page> {
  const opened = await context.newPage()
  opened.setDefaultTimeout(15_000)
  opened.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith(demo.appUrl)) wrong.push(message.text())
  })
  opened.on('pageerror', (error) => wrong.push(error.message))
  return opened
}

const person = (handle: string) => demo.accounts.find((account) => account.handle === handle) ?? expect.fail(handle)

/** Talks to the PDS by itself, with a session of its own: nothing of the platform is asked. */
const sessions = new Map<string, { did: string; accessJwt: string }>()
async function onPds<T>(handle: string, method: string, input?: object): Promise<T> {
  const { did, password } = person(handle)
  if (!sessions.has(handle)) {
    const body = JSON.stringify({ identifier: did, password })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    const response = await fetch(`${demo.pdsUrl}/xrpc/com.atproto.server.createSession`, init)
    sessions.set(handle, (await response.json()) as { did: string; accessJwt: string })
  }
  const response = await fetch(`${demo.pdsUrl}/xrpc/${method}`, {
    ...(input && { method: 'POST', body: JSON.stringify(input) }),
    headers: { authorization: `Bearer ${sessions.get(handle)?.accessJwt}`, 'content-type': 'application/json' },
  })
  if (!response.ok) throw new Error(`${method}: ${await response.text()}`)
  return (await response.json()) as T
}

type StoredRecord = { uri: string; cid: string; value: Record<string, unknown> }
const eventType = 'community.lexicon.calendar.event'
const rsvpType = 'community.lexicon.calendar.rsvp'

async function readRecord(uri: string): Promise<StoredRecord> {
  const [, , repo = '', collection = '', rkey = ''] = uri.split('/')
  const query = new URLSearchParams({ repo, collection, rkey })
  return (await (await fetch(`${demo.pdsUrl}/xrpc/com.atproto.repo.getRecord?${query}`)).json()) as StoredRecord
}
const write = (handle: string, collection: string, rkey: string, record: object) =>
  onPds<{ uri: string; cid: string }>(handle, 'com.atproto.repo.putRecord', {
    repo: person(handle).did,
    collection,
    rkey,
    record,
  })

const heading = () => page.locator('h1')
const pill = () => page.locator('#bluesky .pill').first()
let eventUri = ''
let eventPath = ''

it('signs in through the PDS’s own pages', async () => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).first().click()
  await page.getByLabel('Handle').fill('maya.test')
  await page.getByRole('button', { name: 'Continue with Bluesky' }).click()
  await page.waitForURL(`${demo.pdsUrl}/**`)
  await page.getByRole('textbox', { name: 'Password' }).fill(person('maya.test').password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: /Authorize|Accept|Allow/ }).click()
  await page.waitForURL(`${demo.appUrl}/**`)
  await page.locator('#flash').getByText('Welcome', { exact: false }).waitFor()
  expect(wrong).toEqual([])
})

it('creates an event, which turns “On Bluesky” and is a record that says what the page shows', async () => {
  await page.goto('/events/new')
  await page.getByLabel('Event name').fill('Lantern walk')
  await page.getByLabel('Description').fill('Bring a **lantern**.')
  await page.locator('[name=startDate]').fill('2027-02-13')
  await page.locator('[name=startTime]').fill('18:30')
  await page.locator('[name=endDate]').fill('2027-02-13')
  await page.locator('[name=endTime]').fill('20:00')
  await page.locator('[name="locations.0.name"]').fill('Old Mill')
  await page.locator('[name="locations.0.locality"]').fill('Alder Falls')
  await page.locator('[name="locations.0.country"]').fill('US')
  await page
    .getByRole('button', { name: /^(Publish|Create)/ })
    .first()
    .click()
  await page.waitForURL(/\/events\/lantern-walk-/)
  eventPath = new URL(page.url()).pathname
  await pill().getByText('On Bluesky').waitFor()
  const record = await page.getByRole('link', { name: 'View the record' }).getAttribute('href')
  eventUri = `at://${record?.replace('/at/', '')}`
  const { value } = await readRecord(eventUri)
  expect(value).toMatchObject({
    name: await heading().innerText(),
    description: 'Bring a **lantern**.',
    startsAt: '2027-02-13T23:30:00.000Z',
    endsAt: '2027-02-14T01:00:00.000Z',
    timezone: 'America/New_York',
    locations: [{ name: 'Old Mill', locality: 'Alder Falls', country: 'US' }],
  })
  expect(await page.locator('#facts').innerText()).toContain('6:30')
  expect(await page.locator('#facts').innerText()).toContain('Old Mill')
  expect(await page.locator('#about strong').innerText()).toBe('lantern')
  expect(wrong).toEqual([])
})

it('shows an edit made on the PDS without being loaded again', async () => {
  await page.evaluate(() => Object.assign(window, { stillHere: true }))
  const { value } = await readRecord(eventUri)
  await write('maya.test', eventType, eventUri.split('/').at(-1) ?? '', {
    ...value,
    name: 'Lantern walk, by moonlight',
  })
  await heading().getByText('Lantern walk, by moonlight').waitFor()
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(true)
  expect(wrong).toEqual([])
})

it('shows another app’s event within a second', async () => {
  await page.goto('/')
  await page.evaluate(() => Object.assign(window, { stillHere: true }))
  const startsAt = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString()
  const record = { $type: eventType, name: 'From elsewhere', startsAt, createdAt: new Date().toISOString() }
  const { did } = person('otto.test')
  const writtenAt = performance.now()
  await onPds('otto.test', 'com.atproto.repo.createRecord', { repo: did, collection: eventType, record })
  await page
    .locator('#events')
    .getByText('From elsewhere')
    .waitFor({ timeout: 1000 + 500 })
  expect(performance.now() - writtenAt).toBeLessThan(3000)
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(true)
  expect(wrong).toEqual([])
})

it('answers here become records, and answers of other apps are counted here', async () => {
  await page.goto('/')
  await page.locator('#events').getByRole('link', { name: 'From elsewhere' }).first().click()
  await page.waitForURL(/\/events\/from-elsewhere-/)
  await page.getByRole('button', { name: 'Going', exact: true }).click()
  await page.locator('#rsvp').getByText('1 going').waitFor()
  const { did } = person('maya.test')
  const list = async () => {
    const query = new URLSearchParams({ repo: did, collection: rsvpType, limit: '100' })
    const answer = await fetch(`${demo.pdsUrl}/xrpc/com.atproto.repo.listRecords?${query}`)
    const { records } = (await answer.json()) as { records: StoredRecord[] }
    return records.map(({ value }) => ({ status: value['status'], uri: (value['subject'] as { uri: string }).uri }))
  }
  const recordPath = await page.getByRole('link', { name: 'View the record' }).getAttribute('href')
  const subject = `at://${recordPath?.replace('/at/', '')}`
  await expect.poll(list, { timeout: 10_000 }).toContainEqual({ status: `${rsvpType}#going`, uri: subject })

  const { cid } = await readRecord(subject)
  const record = {
    $type: rsvpType,
    subject: { uri: subject, cid },
    status: `${rsvpType}#going`,
    createdAt: new Date().toISOString(),
  }
  const { rkey } = { rkey: subject.split('/').at(-1) ?? '' }
  await write('june.test', rsvpType, rkey, record)
  await page.locator('#rsvp').getByText('2 going').waitFor()
  await onPds('june.test', 'com.atproto.repo.deleteRecord', {
    repo: person('june.test').did,
    collection: rsvpType,
    rkey,
  })
  await page.locator('#rsvp').getByText('1 going').waitFor()
  expect(wrong).toEqual([])
})

it('keeps an edit while the PDS is stopped, says so, and publishes it when the PDS is back', async () => {
  const controls = await openPage()
  await controls.goto('/demo')
  await controls.getByRole('button', { name: 'Stop the PDS' }).click()
  await controls.getByText('stopped').first().waitFor()
  await page.goto(`${eventPath}/edit`)
  await page.getByLabel('Event name').fill('Lantern walk, whatever happens')
  await page.getByRole('button', { name: /^Save/ }).first().click()
  await page.waitForURL(new RegExp(`${eventPath}$`))
  expect(await heading().innerText()).toBe('Lantern walk, whatever happens')
  await pill().getByText('Waiting to publish').waitFor()
  await page.locator('#bluesky').getByText('did not answer', { exact: false }).waitFor()
  await controls.getByRole('button', { name: 'Start the PDS' }).click()
  await controls.getByText('running').first().waitFor()
  await pill().getByText('On Bluesky').waitFor({ timeout: 60_000 })
  expect((await readRecord(eventUri)).value).toMatchObject({ name: 'Lantern walk, whatever happens' })
  expect(wrong).toEqual([])
})

it('asks to connect again when the session has ended, and then publishes by itself', async () => {
  const controls = await openPage()
  await controls.goto('/demo')
  await controls.getByRole('button', { name: 'End the session of Maya Okafor at the PDS' }).click()
  await controls.locator('#flash').waitFor()
  await page.goto(`${eventPath}/edit`)
  await page.getByLabel('Event name').fill('Lantern walk again')
  await page.getByRole('button', { name: /^Save/ }).first().click()
  await pill().getByText('Needs reconnect').waitFor({ timeout: 20_000 })
  await page.locator('#bluesky').getByRole('link', { name: 'Reconnect' }).click()
  await page.waitForURL(/\/settings/)
  await page
    .locator('#connection')
    .getByRole('button', { name: /Reconnect/ })
    .click()
  await page.waitForURL(`${demo.pdsUrl}/**`)
  // The PDS may remember who it was.
  const password = page.getByRole('textbox', { name: 'Password' })
  const allow = page.getByRole('button', { name: /Authorize|Accept|Allow/ })
  await password.or(allow).first().waitFor()
  if (await password.isVisible()) {
    await password.fill(person('maya.test').password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await page.getByRole('button', { name: /Authorize|Accept|Allow/ }).click()
  await page.waitForURL(`${demo.appUrl}/**`)
  await page.goto(eventPath)
  await pill().getByText('On Bluesky').waitFor({ timeout: 20_000 })
  expect((await readRecord(eventUri)).value).toMatchObject({ name: 'Lantern walk again' })
  expect(wrong).toEqual([])
})

it('signs in with a mail code', async () => {
  const own = await browser.newContext({ baseURL: demo.appUrl })
  const guest = await own.newPage()
  await guest.goto('/sign-in')
  await guest.getByLabel('E-mail address').fill('guest@example.org')
  await guest.getByRole('button', { name: 'Send me a code' }).click()
  const code = async () => {
    const mails = (await (await fetch(`${demo.mailUrl}/messages`)).json()) as { text: string; to: string }[]
    return mails.map(({ text }) => /\b(\d{3} \d{3})\b/.exec(text)?.[1]).find(Boolean)
  }
  await expect.poll(code, { timeout: 10_000 }).toBeDefined()
  await guest.getByLabel('Code', { exact: true }).fill((await code()) ?? '')
  await guest.getByRole('button', { name: 'Continue' }).click()
  await guest.waitForURL(`${demo.appUrl}/`)
  await guest.locator('#flash').waitFor()
  await own.close()
  expect(wrong).toEqual([])
})
