import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { sandboxPassword } from '../../sandbox/net.ts'
import { type Sandbox, openSandbox } from '../../testkit/test-sandbox.ts'
import {
  type TestWeb,
  addPerson,
  openBrowser as openTestBrowser,
  openTestWeb,
  testOrigin,
} from '../../testkit/test-web.ts'
import type { AccountRow } from '../../src/accounts/account.ts'
import { siteRoutes } from '../../src/web/routes/site-routes.ts'
import { type WebRole, startWeb } from '../../src/web/web-role.ts'
import { openBrowser } from './page-server.ts'

/** The whole way through a browser: our pages, a real PDS's, and back. */
let browser: Browser
let sandbox: Sandbox
let web: TestWeb
let role: WebRole
let page: Page
const wrong: string[] = []

beforeAll(async () => {
  sandbox = await openSandbox()
  web = await openTestWeb(sandbox)
  role = await startWeb(web.services, siteRoutes, { host: '127.0.0.1', port: 3999 })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await role[Symbol.asyncDispose]()
  await web[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})
beforeEach(async () => {
  wrong.length = 0
  page = await (await browser.newContext({ baseURL: testOrigin })).newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith(testOrigin)) wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(error.message))
})
afterEach(async () => page.context().close())

async function enterAs(account: AccountRow): Promise<void> {
  const { cookies } = await openTestBrowser(web, siteRoutes, account)
  await page.context().addCookies([{ name: 'openmeet', value: cookies.get('openmeet') ?? '', url: testOrigin }])
}

it('a person signs in with a handle at their own server and comes back', async () => {
  const { handle, did } = await sandbox.newPerson()
  await page.goto('/sign-in?return_to=/settings')
  await page.getByLabel('Handle').fill(handle)
  await page.getByRole('button', { name: 'Continue with Bluesky' }).click()
  await page.waitForURL(`${sandbox.pdsUrl}/**`)
  await page.getByRole('textbox', { name: 'Password' }).fill(sandboxPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: /Authorize|Accept|Allow/ }).click()
  await page.waitForURL(`${testOrigin}/settings`)
  await page.locator('#flash').getByText('Welcome to OpenMeet.').waitFor()
  await page.getByText(did).waitFor()
  expect(wrong).toEqual([])
})

it('a new token is shown without leaving the page, and gone when the page is read again', async () => {
  await enterAs(await addPerson(web))
  await page.goto('/settings')
  await page.getByLabel('What is it for?').fill('Hallway screen')
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByText('Your new token').waitFor()
  expect(page.url()).toBe(`${testOrigin}/settings`)
  await page.reload()
  await page.getByText('Hallway screen').waitFor()
  expect(await page.getByText('Your new token').count()).toBe(0)
  await page.getByRole('button', { name: 'Revoke Hallway screen' }).click()
  await page.locator('#flash').getByText('Token revoked.').waitFor()
  expect(wrong).toEqual([])
})

it('settings in one tab follow what happens in another', async () => {
  const { did, handle } = await sandbox.newPerson()
  await enterAs(await addPerson(web, { did, handle }))
  const { oauth } = web.services
  const { url, browserKey } = await oauth.startSignIn({ input: handle, returnTo: '/' })
  await oauth.finishSignIn(new URL(await sandbox.approve(url, handle)).searchParams, browserKey)
  await page.goto('/settings')
  await page.locator('#connection .pill', { hasText: /^Connected$/ }).waitFor()
  const other = await page.context().newPage()
  await other.goto('/settings')
  await other.getByRole('button', { name: 'Disconnect' }).click()
  await other.locator('#flash').getByText('Disconnected.').waitFor()
  await page.bringToFront()
  await page.locator('#connection .pill', { hasText: 'Not connected' }).waitFor()
  expect(wrong).toEqual([])
})
