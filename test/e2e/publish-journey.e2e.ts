import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type DemoProcess, startDemoProcess } from '../../testkit/demo-process.ts'
import { openBrowser } from './page-server.ts'

/** What happens to an event between here and its owner's repo, in a browser, each step on what the last one left. */
let demo: DemoProcess
let browser: Browser
let context: BrowserContext
let page: Page
let folder: string
const wrong: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openmeet-journey-'))
  ;[demo, browser] = await Promise.all([startDemoProcess(), openBrowser()])
  context = await browser.newContext({ baseURL: demo.appUrl, timezoneId: 'America/New_York' })
  page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith(demo.appUrl)) wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(error.message))
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => void (wrong.length = 0))

const person = (handle: string) => demo.accounts.find((account) => account.handle === handle) ?? expect.fail(handle)
const pill = () => page.locator('#bluesky .pill').first()
let uri = ''
let path = ''

type StoredRecord = { uri: string; cid: string; value: Record<string, unknown> }
async function readRecord(): Promise<StoredRecord> {
  const [, , repo = '', collection = '', rkey = ''] = uri.split('/')
  const query = new URLSearchParams({ repo, collection, rkey })
  return (await (await fetch(`${demo.pdsUrl}/xrpc/com.atproto.repo.getRecord?${query}`)).json()) as StoredRecord
}

/** As another app does it, with a session of its own. */
async function editElsewhere(changes: Record<string, string>): Promise<void> {
  const { did, password } = person('maya.test')
  const post = async (method: string, body: object, headers: Record<string, string> = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }
    const response = await fetch(`${demo.pdsUrl}/xrpc/${method}`, init)
    if (!response.ok) throw new Error(`${method}: ${await response.text()}`)
    return (await response.json()) as { accessJwt: string }
  }
  const { accessJwt } = await post('com.atproto.server.createSession', { identifier: did, password })
  const [, , repo, collection, rkey] = uri.split('/')
  const { value } = await readRecord()
  const record = { ...value, ...changes }
  const authorization = `Bearer ${accessJwt}`
  await post('com.atproto.repo.putRecord', { repo, collection, rkey, record }, { authorization })
}

async function approve(): Promise<void> {
  await page.waitForURL(`${demo.pdsUrl}/**`)
  // The PDS may remember who it was.
  const password = page.getByRole('textbox', { name: 'Password' })
  const allow = page.getByRole('button', { name: /Authorize|Accept|Allow/ })
  await password.or(allow).first().waitFor()
  if (await password.isVisible()) {
    await password.fill(person('maya.test').password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await allow.click()
  await page.waitForURL(`${demo.appUrl}/**`)
}

async function edit(fields: Record<string, string>): Promise<void> {
  await page.goto(`${path}/edit`)
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text)
  await page.getByRole('button', { name: /^Save/ }).first().click()
  await page.waitForURL(new RegExp(`${path}$`))
}

it('makes whoever signs in the owner of what the network has of them', async () => {
  await page.goto('/u/maya.test')
  await page.goto('/sign-in')
  await page.getByLabel('Handle').fill('maya.test')
  await page.getByRole('button', { name: 'Continue with Bluesky' }).click()
  await approve()
  await page.locator('#flash').getByText('Welcome', { exact: false }).waitFor()
  await page.goto('/me/events')
  await page.getByRole('link', { name: /.+/ }).first().waitFor()
  expect(wrong).toEqual([])
})

it('writes a picture to the repo, smaller than a blob may be, and shows it', async () => {
  const noise = { type: 'gaussian', mean: 120, sigma: 20 } as const
  const file = join(folder, 'poster.jpg')
  await writeFile(
    file,
    await sharp({ create: { width: 900, height: 600, channels: 3, background: '#286', noise } })
      .jpeg()
      .toBuffer(),
  )
  await page.goto('/events/new')
  await page.getByLabel('Event name').fill('Harvest supper')
  await page.locator('[name=description]').fill('Bring a plate.')
  await page.locator('[name=startDate]').fill('2027-09-20')
  await page.locator('[name=startTime]').fill('18:30')
  await page.locator('[name=picture]').setInputFiles(file)
  await page.locator('[name=pictureAlt]').fill('A long table')
  await page.getByRole('button', { name: 'Publish' }).first().click()
  await page.waitForURL(/\/events\/harvest-supper-/)
  path = new URL(page.url()).pathname
  await pill().getByText('On Bluesky').waitFor()
  uri = `at://${(await page.getByRole('link', { name: 'View the record' }).getAttribute('href'))?.replace('/at/', '')}`
  const { value } = await readRecord()
  const [media] = value['media'] as { alt: string; content: { size: number; ref: { $link: string } } }[]
  expect(media).toMatchObject({ role: 'thumbnail', alt: 'A long table', aspect_ratio: { width: 900, height: 600 } })
  const query = new URLSearchParams({ did: uri.split('/')[2] ?? '', cid: media?.content.ref.$link ?? '' })
  const blob = await fetch(`${demo.pdsUrl}/xrpc/com.atproto.sync.getBlob?${query}`)
  expect((await blob.arrayBuffer()).byteLength).toBe(media?.content.size)
  const shown = page.getByRole('img', { name: 'A long table' }).first()
  await expect.poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0)
  expect(wrong).toEqual([])
})

it('keeps an edit after a disconnect, and shows a conflict with another app field by field', async () => {
  await page.goto('/settings')
  await page
    .locator('#connection')
    .getByRole('button', { name: /Disconnect/ })
    .click()
  await page.locator('#flash').waitFor()
  await edit({ 'Event name': 'Harvest supper, ours', Description: 'Bring two plates.' })
  await pill().getByText('Needs reconnect').waitFor({ timeout: 20_000 })
  await page.locator('#bluesky').getByText('Waiting since').waitFor()
  expect((await readRecord()).value).toMatchObject({ name: 'Harvest supper' })
  await editElsewhere({ name: 'Harvest supper, theirs', description: 'Bring nothing.' })
  await pill().getByText('Conflict').waitFor({ timeout: 20_000 })
  await page.locator('h1').getByText('Harvest supper, theirs').waitFor()
  await page.getByRole('link', { name: 'Compare versions' }).click()
  await page.locator('.versions').getByText('Harvest supper, ours').waitFor()
  await page.getByLabel('Description: Here').check()
  await page.getByRole('button', { name: 'Use what is chosen' }).click()
  await page.waitForURL(new RegExp(`${path}$`))
  await page.goto(`${path}/conflicts`)
  await page.locator('.conflict-history summary').first().click()
  await page.locator('.conflict-history').getByText('Harvest supper, ours').first().waitFor()
  expect(wrong).toEqual([])
})

it('writes what was decided by itself, once the person has connected again', async () => {
  await page.goto(path)
  await page.locator('#bluesky').getByRole('link', { name: 'Reconnect' }).click()
  await page.waitForURL(/\/settings/)
  await page
    .locator('#connection')
    .getByRole('button', { name: /[Cc]onnect/ })
    .first()
    .click()
  await approve()
  await page.goto(path)
  await pill().getByText('On Bluesky').waitFor({ timeout: 20_000 })
  expect((await readRecord()).value).toMatchObject({ name: 'Harvest supper, theirs', description: 'Bring two plates.' })
  await page.locator('#bluesky').getByRole('button', { name: 'Sync now' }).click()
  await page.locator('#flash').getByText('Nothing to do').waitFor()
  expect(wrong).toEqual([])
})

it('publishes an unlisted event by choice only, and takes one that becomes private from the network', async () => {
  await page.goto(`${path}/edit`)
  await page.locator('[name=visibility][value=unlisted]').check()
  await page.getByLabel('Publish it to Bluesky all the same').check()
  await page.getByRole('button', { name: /^Save/ }).first().click()
  await page.waitForURL(new RegExp(`${path}$`))
  await expect
    .poll(async () => (await readRecord()).value['preferences'], { timeout: 15_000 })
    .toEqual({ showInDiscovery: false })
  await page.goto(`${path}/edit`)
  await page.locator('[name=visibility][value=private]').check()
  await page.getByRole('button', { name: /^Save/ }).first().click()
  await page.waitForURL(new RegExp(`${path}$`))
  await expect.poll(async () => (await readRecord()).value, { timeout: 15_000 }).toBeUndefined()
  expect(wrong).toEqual([])
})
