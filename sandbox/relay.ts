import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { decode, decodeFirst } from '@atcute/cbor'
import { WebSocket, WebSocketServer } from 'ws'
import { readFirehoseFrame } from '../src/atproto/firehose-frame.ts'
import type { RecordOp } from '../src/atproto/record-op.ts'
import { CollectionDirectory } from './collection-directory.ts'
import { type Answer, type Asked, LoopbackServer, json } from './loopback-server.ts'
import { RelayLog } from './relay-log.ts'
import type { OpenedStream } from './relay-stream.ts'
import { firehosePath, openFirehose } from './serve-firehose.ts'
import { openJetstream } from './serve-jetstream.ts'
import { jetstreamV2Path, openJetstreamV2 } from './serve-jetstream-v2.ts'
import { Tap } from './serve-tap.ts'

const retryMs = 100

/**
 * What stands between PDSes and apps on the network, over the firehose of one PDS: Jetstream v1 and v2, Tap, the
 * firehose itself, and com.atproto.sync.listReposByCollection. Outlives stops of the PDS.
 */
export class Relay implements AsyncDisposable {
  readonly #log = new RelayLog()
  readonly #directory: CollectionDirectory
  readonly #tap: Tap
  readonly #ending = new AbortController()
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  readonly #reading: Promise<void>
  #server: LoopbackServer | undefined

  private constructor(pdsUrl: string) {
    this.#directory = new CollectionDirectory(pdsUrl, this.#log)
    this.#tap = new Tap({ log: this.#log, directory: this.#directory, pdsUrl })
    this.#reading = this.#readPds(pdsUrl)
  }

  static async start({ port = 0, pdsUrl }: { port?: number; pdsUrl: string }): Promise<Relay> {
    const relay = new Relay(pdsUrl)
    try {
      relay.#server = await LoopbackServer.listen(port, (asked) => relay.#answer(asked))
    } catch (error) {
      await relay[Symbol.asyncDispose]()
      throw error
    }
    relay.#server.server.on('upgrade', (...args: [IncomingMessage, Duplex, Buffer]) => relay.#upgrade(...args))
    return relay
  }

  /** For listReposByCollection and Tap's HTTP half. */
  get url(): string {
    return this.#server?.url ?? ''
  }

  /** For the streams. */
  get socketUrl(): string {
    return this.url.replace('http:', 'ws:')
  }

  /** The last frame of the PDS that was read. */
  get lastSeq(): number {
    return this.#log.lastFrameSeq
  }

  /** Records of a collection that are there now, the last touched first. */
  recentRecords(collection: string, limit: number): RecordOp[] {
    return this.#log.recent((op) => op.collection === collection, limit)
  }

  /** Sends the record's last event once more. False where it is not known (any more). */
  replay(recordUri: string): boolean {
    return this.#log.repeat(recordUri)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    this.#tap[Symbol.dispose]()
    await this.#server?.[Symbol.asyncDispose]()
    await this.#reading
  }

  async #answer(asked: Asked): Promise<Answer | undefined> {
    const { pathname } = asked.url
    if (pathname === '/_health' || pathname === '/xrpc/_health') return json({ version: 'sandbox' })
    if (pathname === '/xrpc/com.atproto.sync.listReposByCollection') return this.#directory.answer(asked.url)
    return this.#tap.answer(asked)
  }

  #open(url: URL): OpenedStream | undefined {
    if (url.pathname === '/subscribe') return openJetstream(this.#log, url)
    if (url.pathname === jetstreamV2Path) return openJetstreamV2(this.#log, url)
    if (url.pathname === firehosePath) return openFirehose(this.#log, url)
    return url.pathname === '/channel' ? this.#tap.open() : undefined
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    const stream = url ? this.#open(url) : undefined
    if (stream && 'serve' in stream) {
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        opened.on('error', () => {})
        stream.serve(opened)
      })
      return
    }
    const { status, ...body } = stream?.refusal ?? { status: 404, error: 'NotFound', message: 'no such stream' }
    const head_ = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n`
    socket.end(`${head_}${JSON.stringify(body)}`)
  }

  async #readPds(pdsUrl: string): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await this.#readOnce(pdsUrl, signal)
      await wait(retryMs, undefined, { signal }).catch(() => {})
    }
  }

  /** One connection, from where the last one ended to its own end. */
  #readOnce(pdsUrl: string, signal: AbortSignal): Promise<void> {
    const url = new URL(`${firehosePath}?cursor=${this.lastSeq}`, pdsUrl)
    url.protocol = 'ws:'
    const socket = new WebSocket(url, { perMessageDeflate: false })
    const abort = () => socket.terminate()
    signal.addEventListener('abort', abort)
    socket.on('message', (frame: Buffer) => this.#take(frame))
    // 'close' follows every error.
    socket.on('error', () => {})
    return new Promise((resolve) => {
      socket.on('close', () => {
        signal.removeEventListener('abort', abort)
        resolve()
      })
    })
  }

  #take(bytes: Buffer): void {
    const reading = readFirehoseFrame(bytes, () => true)
    if (reading.kind === 'ops') this.#log.add({ seq: reading.seq, bytes }, frameTime(bytes), reading.ops)
  }
}

function frameTime(frame: Buffer): number {
  const { time } = decode(decodeFirst(frame)[1]) as { time?: string }
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? Date.now() : at
}
