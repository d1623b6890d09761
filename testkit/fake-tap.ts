import { once } from 'node:events'
import { type IncomingMessage, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A Tap on loopback that takes one password: gives what it is given until it is acknowledged, to every new reader again. */
export class FakeTap implements AsyncDisposable {
  readonly acknowledged: number[] = []
  readonly added: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  #unacknowledged = new Map<number, string>()
  #id = 0
  readonly #server: Server
  readonly #sockets: WebSocketServer

  private constructor(server: Server) {
    this.#server = server
    this.#sockets = new WebSocketServer({ server, path: '/channel' })
    this.#sockets.on('connection', (socket, { headers }) => {
      this.headers.push(headers)
      for (const text of this.#unacknowledged.values()) socket.send(text)
      socket.on('message', (data: Buffer) =>
        this.#take(JSON.parse(data.toString('utf8')) as { type: string; id: number }),
      )
    })
  }

  static async start(): Promise<FakeTap> {
    const server = createServer((request, response) => {
      void (async () => {
        const body = Buffer.concat(await (request as unknown as { toArray(): Promise<Buffer[]> }).toArray())
        const isRight = request.headers.authorization === `Basic ${Buffer.from('admin:secret').toString('base64')}`
        if (isRight) tap.added.push(...(JSON.parse(body.toString('utf8')) as { dids: string[] }).dids)
        response.writeHead(isRight ? 200 : 401).end('{}')
      })()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const tap = new FakeTap(server)
    return tap
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get clients(): ReadonlySet<WebSocket> {
    return this.#sockets.clients
  }

  /** Returns the id it gave the message. */
  send(type: string, body: object): number {
    const id = ++this.#id
    this.sendRaw(JSON.stringify({ id, type, [type]: body }), id)
    return id
  }

  sendRaw(text: string, id?: number): void {
    if (id !== undefined) this.#unacknowledged.set(id, text)
    for (const socket of this.clients) socket.send(text)
  }

  dropConnections(): void {
    for (const socket of this.clients) socket.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropConnections()
    this.#sockets.close()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #take({ type, id }: { type: string; id: number }): void {
    if (type !== 'ack') return
    this.acknowledged.push(id)
    this.#unacknowledged.delete(id)
  }
}
