import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGuardedFetch } from './guarded-fetch.ts'
import { type HandleNetwork, resolveHandle } from './resolve-handle.ts'

const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const other = 'did:plc:z72i7hdynmk6r22z27h6tvur'
const open = createGuardedFetch({ allowPrivateNetwork: true })

/** One server for every host: what it answers is in the host's first label. */
const server = createServer((request, response) => {
  if (request.url === '/slow') return
  const label = request.headers['x-host']?.toString().split('.')[0] ?? ''
  const url = new URL(request.url ?? '/', 'http://localhost')
  const name = url.searchParams.get('handle')?.split('.')[0] ?? label
  const [status, text] = answers[name] ?? [404, 'no']
  response.writeHead(status, { 'content-type': url.pathname.startsWith('/xrpc') ? 'application/json' : 'text/plain' })
  response.end(text)
})
const answers: Record<string, [number, string]> = {
  web: [200, `${did}\n`],
  html: [200, '<!doctype html>'],
  broken: [500, 'oops'],
  xrpc: [200, JSON.stringify({ did })],
  none: [400, JSON.stringify({ error: 'InvalidRequest', message: 'Unable to resolve handle' })],
}

let base = ''
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(
  () =>
    new Promise((done) => {
      server.close(done)
      server.closeAllConnections()
    }),
)

const fail = (code: string) => Promise.reject(Object.assign(new Error(code), { code }))

function network(txt: string[] | string): HandleNetwork {
  return {
    operatorFetch: open,
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input)
      if (url.hostname.startsWith('dead')) return fail('ECONNREFUSED')
      if (url.hostname.startsWith('nohost')) return fail('ENOTFOUND')
      return open(`${base}${url.pathname}`, { ...init, headers: { 'x-host': url.hostname } })
    },
    resolveTxt: () =>
      typeof txt === 'string' ? fail(txt) : Promise.resolve(txt.map((text) => [text.slice(0, 9), text.slice(9)])),
  }
}

describe('by DNS and https', () => {
  test('the TXT record counts before the well-known address; either is enough', async () => {
    expect(await resolveHandle(network([`did=${other}`, 'v=spf1']), 'web.test')).toEqual({ did: other })
    expect(await resolveHandle(network('ENODATA'), 'web.test')).toEqual({ did })
    expect(await resolveHandle(network([`did=${did}`]), 'dead.test')).toEqual({ did })
    expect(await resolveHandle(network('ESERVFAIL'), 'web.test')).toEqual({ did })
  })

  test('records that contradict each other or are no DID say nothing', async () => {
    expect(await resolveHandle(network([`did=${did}`, `did=${other}`]), 'html.test')).toBe('none')
    expect(await resolveHandle(network([`did=${did}`, `did=${did}`]), 'html.test')).toEqual({ did })
    expect(await resolveHandle(network(['did=nonsense']), 'missing.test')).toBe('none')
  })

  test('a failure is not a no: only clear answers on both roads are', async () => {
    expect(await resolveHandle(network('ENOTFOUND'), 'missing.test')).toBe('none')
    expect(await resolveHandle(network('ENOTFOUND'), 'nohost.test')).toBe('none')
    const failures = [
      ['ETIMEOUT', 'missing.test'],
      ['ENOTFOUND', 'broken.test'],
      ['ENOTFOUND', 'dead.test'],
      ['ECONNREFUSED', 'dead.test'],
    ] as const
    for (const [txt, handle] of failures)
      expect([txt, handle, await resolveHandle(network(txt), handle)]).toEqual([txt, handle, 'unknown'])
  })
})

test('by a server that is asked', async () => {
  const ask = (handle: string, handleResolverUrl = base) =>
    resolveHandle({ ...network('ENOTFOUND'), handleResolverUrl }, handle)
  expect(await ask('xrpc.test')).toEqual({ did })
  expect(await ask('none.test')).toBe('none')
  expect(await ask('broken.test')).toBe('unknown')
  expect(await ask('xrpc.test', 'http://127.0.0.1:1')).toBe('unknown')
})

describe('guarded fetch', () => {
  test('refuses private addresses, http, other ports and names of private networks, also behind a redirect', async () => {
    const guarded = createGuardedFetch({ allowPrivateNetwork: false }, { timeoutMs: 2000 })
    const urls = [
      base,
      'http://example.com/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://10.0.0.1/',
      'https://localhost/',
      'https://169.254.169.254/latest/meta-data',
      'https://pds.test/',
      'https://[::ffff:127.0.0.1]/',
    ]
    const outcomes = await Promise.allSettled(urls.map((url) => guarded(url)))
    expect(urls.filter((_, i) => outcomes[i]?.status !== 'rejected')).toEqual([])
  })

  test('limits size and time', async () => {
    answers['big'] = [200, 'x'.repeat(5000)]
    const small = createGuardedFetch({ allowPrivateNetwork: true }, { maxBytes: 1000 })
    const big = small(base, { headers: { 'x-host': 'big.test' } })
    await expect(big.then((response) => response.text())).rejects.toThrow(/size|large|bytes/i)
    const impatient = createGuardedFetch({ allowPrivateNetwork: true }, { timeoutMs: 50 })
    await expect(impatient(`${base}/slow`)).rejects.toThrow(/abort/i)
  })
})
