import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { backoffMs } from '../base/retry.ts'

type Listener = {
  onNotice: (payload: string) => void
  /** The connection was lost and is there again: notices in between were missed. */
  onGap?: () => void
}

/** Calls the listener on each NOTIFY of a channel, from when this resolves until it is disposed. */
export type Listen = (channel: string, listener: Listener) => Promise<AsyncDisposable>

type Subscription = { channel: string; listener: Listener }

const pause = { firstMs: 50, maxMs: 5000 }

/** One connection per process that listens on all its channels, and comes back by itself. */
export class DbListener implements AsyncDisposable {
  readonly #config: pg.ClientConfig
  readonly #log: Log
  readonly #subscriptions = new Set<Subscription>()
  readonly #end = new AbortController()
  #client: Promise<pg.Client> | undefined
  // One question at a time: a connection of pg takes no other while it answers.
  #questions: Promise<unknown> = Promise.resolve()
  #recovery: Promise<void> | undefined

  constructor(config: pg.ClientConfig, log: Log) {
    this.#config = config
    this.#log = log
  }

  async listen(channel: string, listener: Listener): Promise<AsyncDisposable> {
    const subscription = { channel, listener }
    // Known before it is asked for: a connection lost from here on brings it back with the others.
    this.#subscriptions.add(subscription)
    try {
      await this.#subscribe(await this.#connect(), channel)
    } catch (error) {
      this.#subscriptions.delete(subscription)
      throw error
    }
    return {
      [Symbol.asyncDispose]: async () => void this.#subscriptions.delete(subscription),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#recovery
    const client = await this.#client?.catch(() => undefined)
    await client?.end().catch(() => {})
  }

  #connect(): Promise<pg.Client> {
    this.#client ??= this.#open().catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({ connectionTimeoutMillis: 10_000, keepAlive: true, ...this.#config })
    client.on('error', () => {})
    await client.connect()
    client.on('notification', ({ channel, payload = '' }) => {
      for (const one of this.#subscriptions) if (one.channel === channel) one.listener.onNotice(payload)
    })
    client.once('end', () => {
      this.#client = undefined
      if (this.#subscriptions.size > 0) this.#recovery ??= this.#recover().finally(() => (this.#recovery = undefined))
    })
    return client
  }

  async #recover(): Promise<void> {
    const { signal } = this.#end
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await this.#comeBack()
      } catch (error) {
        if (!signal.aborted) this.#log.warn('cannot listen to the database', { attempt, error: errorText(error) })
        await wait(backoffMs(attempt, pause), undefined, { signal }).catch(() => {})
      }
    }
  }

  async #comeBack(): Promise<void> {
    const client = await this.#connect()
    for (const channel of new Set(Array.from(this.#subscriptions, (one) => one.channel)))
      await this.#subscribe(client, channel)
    for (const { listener } of this.#subscriptions) listener.onGap?.()
  }

  async #subscribe(client: pg.Client, channel: string): Promise<void> {
    const done = this.#questions.then(() => client.query(`listen ${pg.escapeIdentifier(channel)}`))
    this.#questions = done.catch(() => {})
    await done
  }
}
