import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestWeb, openTestWeb } from '../../testkit/test-web.ts'
import { notify } from '../db/notify.ts'
import { LiveHub } from './kernel/live-hub.ts'
import { openLiveStream } from './kernel/live-stream.ts'
import { anyone } from './kernel/policies.ts'
import { pageRoute } from './kernel/route.ts'
import { siteRoutes } from './routes/site-routes.ts'
import { startWeb } from './web-role.ts'

let web: TestWeb
beforeAll(async () => (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())

const slowRoute = pageRoute({
  method: 'GET',
  path: '/slow',
  policy: anyone,
  handle: async () => {
    await wait(300)
    return new Response('done')
  },
})

/** The role with a hub of its own, for a hub ends with its role. */
async function start(port = 0) {
  const hub = new LiveHub()
  const role = await startWeb({ ...web.services, hub }, [...siteRoutes, slowRoute], { host: '127.0.0.1', port })
  return { role, hub }
}

/** Reads a stream until `text` was in it, or it ends. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
  const decoder = new TextDecoder()
  let all = ''
  while (!all.includes(text)) {
    const { done, value } = await reader.read()
    if (done) return all
    all += decoder.decode(value, { stream: true })
  }
  return all
}

const readerOf = (response: Response) => response.body?.getReader() ?? expect.fail('no body')

async function until(check: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !check(); await wait(5)) if (Date.now() > end) throw new Error('waited too long')
}

describe('live updates', () => {
  it('reach the page when the database tells of a change, and nobody else', async () => {
    const { role, hub } = await start()
    await using _ = role
    const response = await fetch(`${role.url}/live?topic=event:7&topic=account:3`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    const reader = readerOf(response)
    await readUntil(reader, 'retry:')
    await notify(web.services.db, 'live', 'event:8')
    await notify(web.services.db, 'live', 'event:7')
    expect(await readUntil(reader, 'data:')).toBe('event: changed\ndata: event:7\n\n')
    hub.publishAll()
    expect(await readUntil(reader, 'account:3')).toContain('data: event:7')
    expect(hub.size).toBe(1)
    await reader.cancel()
    await until(() => hub.size === 0)
  })

  it.each(['', '?topic=', '?topic=event:x', '?topic=event:0', '?topic=mail:1', '?topic=explore%00'])(
    'refuse the topics %s',
    async (query) => {
      const { role } = await start()
      await using _ = role
      expect((await fetch(`${role.url}/live${query}`)).status).toBe(422)
    },
  )

  it('open no stream for HEAD', async () => {
    const { role, hub } = await start()
    await using _ = role
    const response = await fetch(`${role.url}/live?topic=explore`, { method: 'HEAD' })
    expect([response.status, hub.size]).toEqual([200, 0])
  })

  it('are limited per client, and a place that was left is free again', async () => {
    const hub = new LiveHub()
    const streams = Array.from({ length: 40 }, () => openLiveStream(hub, { topics: ['explore'] }, 'a'))
    expect(() => openLiveStream(hub, { topics: ['explore'] }, 'a')).toThrow(/Too many pages/)
    openLiveStream(hub, { topics: ['explore'] }, 'b')
    await streams[0]?.body?.cancel()
    openLiveStream(hub, { topics: ['explore'] }, 'a')
    expect(hub.size).toBe(41)
  })

  it('tell what has changed since the page was made, and nothing older', async () => {
    const { role, hub } = await start()
    await using _ = role
    hub.publish('event:1')
    const open = (since: number) => fetch(`${role.url}/live?topic=event:1&since=${since}`)
    const missed = readerOf(await open(Date.now() - 100))
    expect(await readUntil(missed, 'event:1')).toContain('changed')
    await missed.cancel()
    const fresh = readerOf(await open(Date.now() + 60_000))
    hub.publish('event:1')
    const said = await readUntil(fresh, 'event:1')
    expect(said.match(/changed/g)).toHaveLength(1)
    await fresh.cancel()
  })

  it('let go of a reader that does not read', () => {
    const hub = new LiveHub()
    openLiveStream(hub, { topics: ['explore'] }, 'a')
    for (let i = 0; i < 100; i++) hub.publish('explore')
    expect(hub.size).toBe(0)
  })
})

describe('the web role', () => {
  it('ends its streams and finishes what it was asked', async () => {
    const { role, hub } = await start()
    const reader = readerOf(await fetch(`${role.url}/live?topic=explore`))
    const slow = fetch(`${role.url}/slow`)
    await wait(100)
    const startedAt = Date.now()
    await role[Symbol.asyncDispose]()
    expect(await (await slow).text()).toBe('done')
    expect(await readUntil(reader, 'never')).toContain('retry:')
    expect(hub.size).toBe(0)
    expect(Date.now() - startedAt).toBeLessThan(3000)
    await expect(fetch(role.url)).rejects.toThrow('fetch failed')
  })

  it('says in one line that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await expect(start(port)).rejects.toMatchObject({
      code: 'unavailable',
      message: `Port ${port} of 127.0.0.1 is in use: end the program that uses it, or choose another with PORT.`,
    })
    other.close()
  })

  it('reads large and streamed bodies no further than it must', async () => {
    const { role } = await start()
    await using _ = role
    const body = new Uint8Array(5 * 1024 * 1024)
    const response = await fetch(`${role.url}/sign-in`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(response.status).toBe(413)
  })
})
