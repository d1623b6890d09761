import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export type Asked = {
  method: string
  url: URL
  headers: IncomingMessage['headers']
  /** The body, read to its end; rejects for one over a megabyte. */
  text: () => Promise<string>
}
export type Answer = { status: number; type: string; body: string | Uint8Array; headers?: Record<string, string> }
export type Handler = (asked: Asked) => Answer | undefined | Promise<Answer | undefined>

const maxBody = 1024 * 1024
/** Of this machine only, whatever a page in the visitor's browser has bound its own name to (DNS rebinding). */
const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** An HTTP server of the sandbox on loopback. Port 0 takes a free one. What the handler knows nothing of is a 404. */
export class LoopbackServer implements AsyncDisposable {
  readonly server: Server
  readonly port: number
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.server = server
    this.port = (server.address() as AddressInfo).port
    trackSockets(server, this.#sockets)
  }

  static async listen(port: number, handler: Handler): Promise<LoopbackServer> {
    const server = createServer((request, response) => void reply(request, response, handler))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new LoopbackServer(server)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/** Keeps the set of a server's open sockets: nothing else knows those of WebSockets. */
export function trackSockets(server: Server, sockets: Set<Socket>): void {
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
}

export function json(body: unknown, status = 200): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

/** An error as XRPC tells it. */
export function xrpcError(error: string, message: string, status = 400): Answer {
  return json({ error, message }, status)
}

async function reply(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
  const { status, type, body, headers } = await answer(request, handler)
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answer(request: IncomingMessage, handler: Handler): Promise<Answer> {
  const base = URL.parse(`http://${request.headers.host ?? 'localhost'}`)
  const url = base && URL.parse(request.url ?? '/', base)
  if (!base || !url || !ownNames.has(base.hostname)) return xrpcError('InvalidRequest', 'not the name of this server')
  const { method = 'GET', headers } = request
  try {
    const known = await handler({ method, url, headers, text: () => readText(request) })
    return known ?? xrpcError('NotFound', `nothing at ${url.pathname}`, 404)
  } catch (error) {
    return xrpcError('InternalServerError', error instanceof Error ? error.message : String(error), 500)
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBody) throw new Error('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
