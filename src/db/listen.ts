import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { backoffMs } from '../base/retry.ts'

export type Listener = {
  onNotice: (payload: string) => void
  /** The connection was lost and is there again: notices in between were missed. */
  onGap?: () => void
}

/** Calls the listener on each NOTIFY of a channel, from when this resolves until it is disposed. */
export type Listen = (channel: string, listener: Listener) => Promise<AsyncDisposable>

type Subscription = { channel: string; listener: Listener }

/** One connection per process that listens on all its channels, and comes back by itself. */
export function createListener(config: pg.ClientConfig, log: Log): AsyncDisposable & { listen: Listen } {
  const subscriptions = new Set<Subscription>()
  let client: Promise<pg.Client> | undefined
  let isOver = false

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionTimeoutMillis: 10_000, keepAlive: true, ...config })
    fresh.on('error', () => {})
    await fresh.connect()
    fresh.on('notification', ({ channel, payload = '' }) => {
      for (const one of subscriptions) if (one.channel === channel) one.listener.onNotice(payload)
    })
    fresh.once('end', () => {
      client = undefined
      if (!isOver && subscriptions.size > 0) void reconnect()
    })
    return fresh
  }

  async function reconnect(): Promise<void> {
    for (let attempt = 1; !isOver && client === undefined; attempt++) {
      try {
        const fresh = await getClient()
        for (const channel of new Set([...subscriptions].map((one) => one.channel))) await subscribe(fresh, channel)
        for (const { listener } of subscriptions) listener.onGap?.()
      } catch (error) {
        log.warn('cannot listen to the database', { attempt, error: errorText(error) })
        await wait(backoffMs(attempt, { firstMs: 50, maxMs: 5000 }))
      }
    }
  }

  function getClient(): Promise<pg.Client> {
    client ??= connect().catch((error: unknown) => {
      client = undefined
      throw error
    })
    return client
  }

  return {
    async listen(channel, listener) {
      const subscription = { channel, listener }
      await subscribe(await getClient(), channel)
      subscriptions.add(subscription)
      return {
        async [Symbol.asyncDispose]() {
          subscriptions.delete(subscription)
        },
      }
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await (await client?.catch(() => undefined))?.end().catch(() => {})
    },
  }
}

async function subscribe(client: pg.Client, channel: string): Promise<void> {
  await client.query(`listen ${pg.escapeIdentifier(channel)}`)
}
