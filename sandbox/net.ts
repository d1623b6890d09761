import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { PDS } from '@atproto/pds'
import { PdsHost } from './pds-host.ts'
import { Plc } from './plc.ts'

/** Of every account of the sandbox: nothing here is secret. */
export const sandboxPassword = 'openmeet-demo'

/** A PLC directory that forgets everything at its end. */
export async function startPlc(): Promise<{ url: string; close: () => Promise<void> }> {
  const plc = await Plc.start()
  return { url: plc.url, close: () => plc[Symbol.asyncDispose]() }
}

/** A PDS on a folder of its own, which goes with it. */
export async function startPds(
  plcUrl: string,
  port: number,
): Promise<{ url: string; pds: PDS; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'openmeet-pds-'))
  const host = await PdsHost.start({ port, dataDir, plcUrl })
  const close = async () => {
    await host.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: host.url, pds: host.pds, close }
}

export type NewAccount = { did: string; handle: string; accessJwt: string; refreshJwt: string }

/** `handle` ends in .test and has at least three characters before it. */
export async function createAccount(pdsUrl: string, handle: string): Promise<NewAccount> {
  const email = `${handle.split('.')[0]}@people.test`
  const response = await fetch(new URL('/xrpc/com.atproto.server.createAccount', pdsUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle, email, password: sandboxPassword }),
  })
  if (!response.ok) throw new Error(`createAccount of ${handle}: ${response.status} ${await response.text()}`)
  return (await response.json()) as NewAccount
}

export type Consent = {
  /** Grants less than was asked for. */
  scope?: string | undefined
  /** Presses "cancel" instead. */
  reject?: boolean | undefined
}

/** What a person does in the browser between our redirect to their PDS and its redirect back, whose address is the answer. */
export async function approve(authorizeUrl: string, handle: string, { scope, reject }: Consent = {}): Promise<string> {
  const browser = new Browser(authorizeUrl)
  await browser.open()
  const { url } = reject ? await browser.post('/reject', {}) : await consent(browser, handle, scope)
  if (typeof url !== 'string') throw new Error('The PDS names no way back.')
  return browser.follow(url)
}

async function consent(browser: Browser, username: string, scope: string | undefined): Promise<PageAnswer> {
  const signIn = { locale: 'en', username, password: sandboxPassword, remember: false }
  const { account, ephemeralToken } = await browser.post('/sign-in', signIn)
  const did = (account as { did?: string } | undefined)?.did
  return browser.post('/consent', { did, scope }, { authorization: `Bearer ${String(ephemeralToken)}` })
}

type PageAnswer = { [key: string]: unknown }
type Headers = Record<string, string>

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const script = { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }

/** As much of a browser as the sign-in pages of @atproto/oauth-provider ask for; fetch would set these headers itself. */
class Browser {
  readonly #page: URL
  readonly #cookies = new Map<string, string>()

  constructor(page: string) {
    this.#page = new URL(page)
  }

  async open(): Promise<void> {
    const { statusCode, text } = await this.#send(this.#page, { ...navigation, 'sec-fetch-site': 'none' })
    if (statusCode !== 200) throw new Error(`The PDS shows no sign-in page: ${statusCode} ${text.slice(0, 300)}`)
  }

  async post(endpoint: string, body: object, headers: Headers = {}): Promise<PageAnswer> {
    const url = new URL(`/@atproto/oauth-provider/~api${endpoint}`, this.#page)
    const csrf = this.#cookies.get('csrf-token') ?? ''
    const own = { ...script, origin: url.origin, 'content-type': 'application/json', 'x-csrf-token': csrf }
    const { statusCode, text } = await this.#send(url, { ...own, ...headers }, JSON.stringify(body))
    if (statusCode !== 200) throw new Error(`${endpoint} of the PDS: ${statusCode} ${text.slice(0, 300)}`)
    return JSON.parse(text) as PageAnswer
  }

  /** Where the answer of that page sends the browser. */
  async follow(url: string): Promise<string> {
    const { location, text } = await this.#send(new URL(url), { ...navigation, 'sec-fetch-site': 'same-origin' })
    if (!location) throw new Error(`The PDS does not send the browser back: ${text.slice(0, 300)}`)
    return location
  }

  async #send(url: URL, headers: Headers, body?: string) {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const referer = this.#page.href
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const sent = request(url, { method, headers: { cookie, referer, ...headers }, agent: false }, resolve)
      sent.on('error', reject).end(body)
    })
    for (const line of response.headers['set-cookie'] ?? []) this.#keepCookie(line)
    const chunks = (await response.toArray()) as Buffer[]
    const { statusCode, headers: answered } = response
    return { statusCode, location: answered.location, text: Buffer.concat(chunks).toString('utf8') }
  }

  #keepCookie(line: string): void {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    this.#cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}
