import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export type JetstreamEvent = { did: string; time_us: number; kind: string; [key: string]: unknown }

/** A Jetstream v1 on loopback: keeps what it is given, replays from a cursor, clamps older ones silently, filters commits. */
export class FakeJetstream implements AsyncDisposable {
  /** The queries of all connections so far. */
  readonly queries: URLSearchParams[] = []
  #kept: JetstreamEvent[] = []
  readonly #server: WebSocketServer
  readonly #filters = new Map<WebSocket, string[]>()

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket, request) => {
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams
      this.queries.push(query)
      this.#filters.set(socket, query.getAll('wantedCollections'))
      socket.on('close', () => this.#filters.delete(socket))
      const cursor = query.get('cursor')
      if (cursor === null) return
      for (const event of this.#kept) if (event.time_us >= Number(cursor)) this.#give(socket, event)
    })
  }

  static async start(): Promise<FakeJetstream> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/subscribe' })
    await once(server, 'listening')
    return new FakeJetstream(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get clients(): ReadonlySet<WebSocket> {
    return this.#server.clients
  }

  send(...events: JetstreamEvent[]): void {
    this.#kept.push(...events)
    for (const socket of this.#server.clients) for (const event of events) this.#give(socket, event)
  }

  /** Something that no Jetstream would send. */
  sendRaw(text: string): void {
    for (const socket of this.#server.clients) socket.send(text)
  }

  forgetBefore(time: number): void {
    this.#kept = this.#kept.filter((event) => event.time_us >= time)
  }

  dropConnections(): void {
    for (const socket of this.#server.clients) socket.terminate()
  }

  #give(socket: WebSocket, event: JetstreamEvent): void {
    const wanted = this.#filters.get(socket) ?? []
    const collection = (event['commit'] as { collection?: string } | undefined)?.collection
    if (collection === undefined || wanted.length === 0 || wanted.includes(collection))
      socket.send(JSON.stringify(event))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
