import { setTimeout as wait } from 'node:timers/promises'
import { type AnswerStatus, type OtherApp, parseUri } from './other-app.ts'

export type TrafficOptions = {
  app: OtherApp
  /** Who acts; the events are of the first few of them. */
  dids: readonly string[]
  everyMs?: number
}

const createdWith = 'https://chatter.example'
const maxEvents = 5
/** After so many acts it slows down: the network remembers each of them. */
const busyActs = 300
const statuses: readonly AnswerStatus[] = ['going', 'interested', 'notgoing', 'going']
const ideas = [
  'Board games',
  'Soup and stories',
  'Knitting circle',
  'Chess in the park',
  'Choir practice',
  'Bike ride',
  'Swap shop',
]
const twists = ['', ' (moved indoors)', ' – bring a friend', ' with cake', ' – second try']

/**
 * Other people using another app: now and then an event is made, renamed, answered or taken away. Touches only events
 * of its own, of which there are never more than five.
 */
export class Traffic implements AsyncDisposable {
  readonly #options: TrafficOptions
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  #acts = 0

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#running = this.#run(options.everyMs ?? 5000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #run(everyMs: number): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await wait(this.#acts < busyActs ? everyMs : everyMs * 12, undefined, { signal }).catch(() => {})
      // The PDS is stopped, or somebody deleted what was to be edited: next time.
      if (!signal.aborted) await this.#act().catch(() => {})
    }
  }

  async #act(): Promise<void> {
    const n = this.#acts++
    const own = await this.#ownEvents()
    const [oldest] = own
    const some = own[n % Math.max(own.length, 1)]
    if (!oldest || !some || (n % 4 === 0 && own.length < maxEvents)) return this.#create(n)
    if (own.length > maxEvents || n % 16 === 15) return this.#remove(oldest.uri)
    if (n % 4 === 2) return this.#rename(some.uri, n)
    await this.#answer(some.uri, n)
  }

  async #ownEvents(): Promise<{ uri: string }[]> {
    const { app } = this.#options
    const all = await Promise.all(this.#hosts().map((did) => app.listRecords(did)))
    const own = all.flat().filter(({ value }) => value['createdWith'] === createdWith)
    // By their keys, which tell when they were made.
    return own.sort((a, b) => parseUri(a.uri).rkey.localeCompare(parseUri(b.uri).rkey))
  }

  #hosts(): readonly string[] {
    return this.#options.dids.slice(0, 3)
  }

  async #create(n: number): Promise<void> {
    const hosts = this.#hosts()
    const startsAt = new Date(Date.now() + (1 + (n % 9)) * 24 * 3600_000)
    startsAt.setUTCHours(23, 0, 0, 0)
    const event = { name: pick(ideas, n), description: 'Written by another app.', startsAt: startsAt.toISOString() }
    await this.#options.app.createEvent(pick(hosts, n), { ...event, timezone: 'America/New_York', createdWith })
  }

  async #rename(uri: string, n: number): Promise<void> {
    await this.#options.app.editEvent(uri, { name: `${pick(ideas, n)}${pick(twists, n >> 2)}` })
  }

  async #answer(uri: string, n: number): Promise<void> {
    await this.#options.app.answer(pick(this.#options.dids, n * 5 + 3), uri, pick(statuses, n))
  }

  /** With the answers of our people: they would point to nothing. */
  async #remove(uri: string): Promise<void> {
    const { app, dids } = this.#options
    await app.deleteRecord(uri)
    for (const did of dids) await app.withdraw(did, uri)
  }
}

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T
}
