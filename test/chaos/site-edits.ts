import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from './random.ts'

/** Somebody with an API token, and the events they keep editing here; `name` and `place` as they were last accepted. */
export type SiteActor = { did: string; token: string; events: SiteEvent[]; waiting: number }
type SiteEvent = { slug: string; uri: string; name: string; description: string }

type ApiEvent = { slug: string; name: string; description: string; source: { sourceUrl: string | null } }

const patience = 600

/** Talks to the API of a platform that keeps dying: asks again until there is an answer. */
export class SiteEdits {
  readonly #url: string
  retries = 0

  constructor(url: string) {
    this.#url = url
  }

  /** Not repeatable by itself: after a lost answer it looks whether the event is there. */
  async create(actor: SiteActor, name: string): Promise<void> {
    const body = { name, description: 'first', startsAt: '2027-05-01T18:00:00Z' }
    for (let n = 0; n < patience; n++) {
      const made = await this.#ask(actor, 'POST', '/api/events', body).catch(() => this.#find(actor, name))
      if (made) {
        const { slug, source } = made
        actor.events.push({ slug, uri: source.sourceUrl ?? '', name, description: 'first' })
        return
      }
      await this.#pause()
    }
    throw new Error(`${name} was never made`)
  }

  /** Setting a field to a value may be done twice. */
  async edit(actor: SiteActor, { random, n }: { random: Random; n: number }): Promise<void> {
    const event = random.pick(actor.events)
    const patch = random.below(2) === 0 ? { name: `Here ${n}` } : { description: `Here ${n}` }
    for (let tries = 0; tries < patience; tries++) {
      const done = await this.#ask(actor, 'PATCH', `/api/events/${event.slug}`, patch).catch(() => undefined)
      if (done) {
        Object.assign(event, patch)
        return
      }
      await this.#pause()
    }
    throw new Error(`edit ${n} was never taken`)
  }

  async #find(actor: SiteActor, name: string): Promise<ApiEvent | undefined> {
    const path = `/api/users/${actor.did}/events?limit=100`
    const list = await this.#ask<{ items: ApiEvent[] }>(actor, 'GET', path).catch(() => undefined)
    return list?.items.find((event) => event.name === name)
  }

  async #pause(): Promise<void> {
    this.retries++
    await wait(100)
  }

  /** Throws where there is no answer, or a server error; an answer that refuses is a mistake of this script. */
  async #ask<T = ApiEvent>(actor: SiteActor, method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${actor.token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status === 429) throw new Error('too many requests')
    if (response.status >= 400 && response.status < 500) {
      console.error(`${method} ${path}: ${response.status} ${text}`)
      process.exit(1)
    }
    if (!response.ok) throw new Error(`${response.status}`)
    return JSON.parse(text) as T
  }
}
