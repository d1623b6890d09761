import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import { type Assets, buildAssets } from '../../src/web/assets.ts'
import { commonHeaders, securityHeaders } from '../../src/web/kernel/security-headers.ts'
import type { Shell } from '../../src/web/view/shell.ts'
import { sampleShell } from './sample-shell.ts'

export type PageServer = { url: string; assets: Assets; close: () => void }
type Answer = { status?: number; headers?: Record<string, string>; body: string | Uint8Array } | 'stream'
export type Respond = (
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  makeShell: (change?: Partial<Shell>) => Shell,
) => Promise<Answer | undefined>

export function openBrowser() {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ]
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args })
}

/** Pages as the platform serves them (assets, headers, policy), without the platform behind them. */
export async function servePages(respond: Respond): Promise<PageServer> {
  const assets = await buildAssets()
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    const asset = assets.find(path)
    if (asset) return response.writeHead(200, { 'content-type': asset.type }).end(asset.body)
    const nonce = randomBytes(12).toString('base64')
    const answer = await respond(path, request, response, (change) => sampleShell(assets.urls, nonce, change))
    if (answer === 'stream') return
    const headers = {
      ...commonHeaders('http://127.0.0.1'),
      ...securityHeaders({ nonce, allowPrivateNetwork: true, leaves: false }),
      'content-type': 'text/html; charset=utf-8',
    }
    return response
      .writeHead(answer?.status ?? (answer ? 200 : 404), { ...headers, ...answer?.headers })
      .end(answer?.body ?? '')
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, assets, close }
}
