import { readFile, readdir } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { type Page, chromium } from 'playwright-core'
import { WebSocket } from 'ws'
import { type DemoProcess, startDemoProcess } from '../testkit/demo-process.ts'
import { printQuantiles, quantilesOf } from './quantiles.ts'

const rounds = 100
const eventType = 'community.lexicon.calendar.event'

/**
 * Both directions through a whole demo, with a browser: from the call that writes on the PDS to the words on an open
 * page, and from the call of the API to the record's commit. The same write without us, from the call to the relay's
 * message, is measured in the same run: what is beyond it is ours.
 */
export async function runLatency(): Promise<void> {
  await using demo = await startDemoProcess()
  console.error(`demo ready after ${(demo.readyMs / 1000).toFixed(1)} s`)
  await using commits = await CommitClock.open(demo)
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
  try {
    await wait(5_000)
    const atRest = await readMemory(demo.child.pid ?? 0)
    const page = await (await browser.newContext({ baseURL: demo.appUrl, bypassCSP: true })).newPage()
    const inward = await measureInward(demo, commits, page)
    const outward = await measureOutward(demo, commits)
    printQuantiles({ ...inward, ...outward }, 'ms')
    console.log(`\nmemory of the whole demo at rest (PLC, PDS, relay, AppView, mail, platform): ${atRest} MB`)
  } finally {
    await browser.close()
  }
}

type Sample = { relay: number[]; page: number[] }

async function measureInward(demo: DemoProcess, commits: CommitClock, page: Page) {
  const pds = await PdsClient.signIn(demo)
  const { uri, value } = await pds.createEvent('Latency 0')
  await page.goto(`/at/${uri.replace('at://', '')}`)
  await commits.after('Latency 0')
  await page.goto(await findEventPath(demo, uri))
  await watchHeading(page)
  const sample: Sample = { relay: [], page: [] }
  for (let n = 1; n <= rounds; n++) {
    const name = `Latency ${n}`
    const startedAt = Date.now()
    await pds.put(uri, { ...value, name })
    const [committedAt, shownAt] = await Promise.all([commits.after(name), shownTime(page, name)])
    sample.relay.push(committedAt - startedAt)
    sample.page.push(shownAt - startedAt)
    await wait(150)
  }
  const beyond = sample.page.map((ms, i) => ms - (sample.relay[i] ?? 0))
  return {
    'write on the PDS → the relay’s message (without us)': quantilesOf(sample.relay),
    'write on the PDS → visible on the open page': quantilesOf(sample.page),
    'of that, beyond the network’s own delay': quantilesOf(beyond),
  }
}

async function measureOutward(demo: DemoProcess, commits: CommitClock) {
  const token = demo.accounts.find((account) => account.token)?.token ?? ''
  const ask = async (method: string, path: string, body: object) => {
    const response = await fetch(demo.appUrl + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { slug: string }
  }
  const { slug } = await ask('POST', '/api/events', { name: 'Publish 0' })
  await commits.after('Publish 0')
  const times: number[] = []
  for (let n = 1; n <= rounds; n++) {
    const name = `Publish ${n}`
    const startedAt = Date.now()
    await ask('PATCH', `/api/events/${slug}`, { name })
    times.push((await commits.after(name)) - startedAt)
    await wait(50)
  }
  return { 'edit here → the record’s commit at the relay': quantilesOf(times) }
}

/** When the relay told of a record with this name. */
class CommitClock implements AsyncDisposable {
  readonly #seen = new Map<string, number>()
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const { commit } = JSON.parse(data.toString()) as { commit?: { record?: { name?: string } } }
      const name = commit?.record?.name
      if (name !== undefined && !this.#seen.has(name)) this.#seen.set(name, Date.now())
    })
  }

  static async open({ relayUrl }: DemoProcess): Promise<CommitClock> {
    const socket = new WebSocket(`${relayUrl.replace('http', 'ws')}/subscribe?wantedCollections=${eventType}`)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return new CommitClock(socket)
  }

  async after(name: string): Promise<number> {
    for (let n = 0; n < 5000; n++) {
      const at = this.#seen.get(name)
      if (at !== undefined) return at
      await wait(2)
    }
    throw new Error(`nobody told of ${name}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate()
  }
}

class PdsClient {
  readonly #url: string
  readonly #session: { did: string; accessJwt: string }

  private constructor(url: string, session: { did: string; accessJwt: string }) {
    this.#url = url
    this.#session = session
  }

  static async signIn({ pdsUrl, accounts }: DemoProcess): Promise<PdsClient> {
    const [account] = accounts
    const response = await fetch(`${pdsUrl}/xrpc/com.atproto.server.createSession`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identifier: account?.did, password: account?.password }),
    })
    return new PdsClient(pdsUrl, (await response.json()) as { did: string; accessJwt: string })
  }

  async createEvent(name: string) {
    const value = { $type: eventType, name, startsAt: '2027-01-01T18:00:00.000Z', createdAt: new Date().toISOString() }
    const uri = `at://${this.#session.did}/${eventType}/3latencyaaaaa`
    await this.put(uri, value)
    return { uri, value }
  }

  async put(uri: string, record: object): Promise<void> {
    const { did, accessJwt } = this.#session
    const response = await fetch(`${this.#url}/xrpc/com.atproto.repo.putRecord`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessJwt}`, 'content-type': 'application/json' },
      body: JSON.stringify({ repo: did, collection: eventType, rkey: uri.split('/').at(-1), record }),
    })
    if (!response.ok) throw new Error(`putRecord: ${response.status} ${await response.text()}`)
  }
}

async function findEventPath({ appUrl }: DemoProcess, uri: string): Promise<string> {
  const [did] = uri.replace('at://', '').split('/')
  for (let n = 0; n < 100; n++) {
    const response = await fetch(`${appUrl}/api/users/${did}/events?limit=100`)
    const { items } = (await response.json()) as { items: { slug: string; name: string }[] }
    const found = items.find(({ name }) => name === 'Latency 0')
    if (found) return `/events/${found.slug}`
    await wait(50)
  }
  throw new Error('the event never came')
}

/** Notes in the page itself when each heading was there. */
async function watchHeading(page: Page): Promise<void> {
  // As text: these lines run in the browser, whose names the types of this project do not know.
  await page.evaluate(`
    globalThis.shown = new Map()
    const note = () => {
      const name = document.querySelector('h1')?.textContent ?? ''
      if (!globalThis.shown.has(name)) globalThis.shown.set(name, Date.now())
    }
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true })`)
  await wait(500)
}

async function shownTime(page: Page, name: string): Promise<number> {
  const handle = await page.waitForFunction(`globalThis.shown.get(${JSON.stringify(name)})`, undefined, { polling: 10 })
  return (await handle.jsonValue()) as number
}

/** Memory of a process and all below it in MB; what they share is counted once (proportional set size). */
async function readMemory(root: number): Promise<number> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') : ''
    const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1]
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0))
  let kb = 0
  for (const pid of [...parents.keys()].filter(isBelow)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    kb += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  }
  return Math.round(kb / 1024)
}
