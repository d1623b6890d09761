import { once } from 'node:events'
import { type IncomingMessage, createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

export type V2Event = { seq: number; time: string; kind: string; body: { did: string; [key: string]: unknown } }

const nsid = 'network.bsky.jetstream.subscribeEvents'
/** From here on a cursor is microseconds, below it a seq. */
const firstTime = 1e14

/** A Jetstream v2 on loopback: inclusive cursors by seq or time, `CursorTooOld` before the upgrade, error frames after it. */
export class FakeJetstreamV2 implements AsyncDisposable {
  readonly queries: URLSearchParams[] = []
  #kept: V2Event[] = []
  #forgotten = 0
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true })

  private constructor(server: Server) {
    this.#server = server
    server.on('upgrade', (...args: [IncomingMessage, Duplex, Buffer]) => this.#upgrade(...args))
  }

  static async start(): Promise<FakeJetstreamV2> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeJetstreamV2(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/xrpc/${nsid}`
  }

  get clients(): ReadonlySet<WebSocket> {
    return this.#sockets.clients
  }

  send(...events: V2Event[]): void {
    this.#kept.push(...events)
    for (const event of events) this.sendRaw(toFrame(event))
  }

  sendRaw(text: string): void {
    for (const socket of this.clients) socket.send(text)
  }

  fail(error: string, message = ''): void {
    this.sendRaw(JSON.stringify({ $type: 'error', error, message }))
    for (const socket of this.clients) socket.close()
  }

  /** Cursors before this time are too old. */
  forgetBefore(micros: number): void {
    this.#forgotten = micros
    this.#kept = this.#kept.filter(({ time }) => Date.parse(time) * 1000 >= micros)
  }

  /** Something that no host should do: what it had is gone, and it does not say so. */
  lose(): void {
    this.#kept = []
  }

  dropConnections(): void {
    for (const socket of this.clients) socket.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropConnections()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    this.queries.push(query)
    const cursor = Number(query.get('cursor') ?? Number.NaN)
    const isTime = cursor >= firstTime
    if (isTime ? cursor < this.#forgotten : this.#forgotten > 0 && cursor < (this.#kept[0]?.seq ?? 0)) {
      const body = JSON.stringify({ error: 'CursorTooOld', message: 'not kept any more' })
      socket.end(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      )
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      for (const event of this.#kept)
        if ((isTime ? Date.parse(event.time) * 1000 : event.seq) >= cursor) opened.send(toFrame(event))
    })
  }
}

function toFrame({ seq, time, kind, body }: V2Event): string {
  return JSON.stringify({ $type: 'message', payload: { $type: `${nsid}#${kind}`, seq, time, ...body } })
}
