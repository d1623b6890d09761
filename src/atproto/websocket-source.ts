import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type Backoff, backoffMs } from '../base/retry.ts'
import { Inbox } from './inbox.ts'
import type { SourceBatch, SourceMessage, SourceNotice } from './record-op.ts'
import { Rhythm } from './rhythm.ts'

/** One connection as the protocol on it sees it. */
export type Stream = {
  url: string
  headers?: Record<string, string>
  /** What a frame says; frames are given in order. Throws on nothing: what cannot be read becomes a bad op or a notice. */
  read(frame: Buffer): StreamReading | undefined
  /** Position after everything read so far, of this connection or where it began. */
  cursor(): number | undefined
  /** The host answered the request for the stream with a refusal. */
  refused?(body: string): StreamReading | undefined
  /** `send` says something on this connection, for as long as it is open. */
  opened?(send: (text: string) => void): void
}

export type StreamReading = {
  messages?: SourceMessage[]
  notices?: SourceNotice[]
  /** The source is done with this connection: connect again, where `Stream.cursor` says. */
  isOver?: boolean
}

export type WebSocketOptions = {
  /** Base addresses in order of preference. A host that cannot be reached, or falls silent, is left for the next. */
  hosts: readonly string[]
  /** A new connection to `host`, to go on after `cursor`. `isOtherHost`: the cursor was not given by this host in this run. */
  open(host: string, cursor: number | undefined, isOtherHost: boolean): Stream
  timing?: Partial<SocketTiming>
}

export type SocketTiming = {
  backoff: Backoff
  /** A connection that has said nothing for three times as long, not even a pong, is dead. */
  pingMs: number
  /** How often the cursor moves on while nothing of interest comes. */
  idleMs: number
}

const defaultTiming: SocketTiming = { backoff: { firstMs: 250, maxMs: 30_000 }, pingMs: 15_000, idleMs: 5_000 }
const batchSize = 100
const highWater = 1_000
const maxFrameBytes = 16 * 1024 * 1024

/**
 * Reads a stream for ever, connecting again by itself. A lone message is handed over at once; what comes in while the
 * reader works waits for its next turn, and the socket pauses when too much waits. Ends when `signal` aborts.
 */
export async function* readWebSocket(
  options: WebSocketOptions,
  cursor: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch> {
  const timing = { ...defaultTiming, ...options.timing }
  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  const link = new Link(options, timing, cursor)
  const running = link.run(ending)
  ending.addEventListener('abort', () => link.inbox.wake())
  try {
    while (!ending.aborted) {
      await link.inbox.wait(timing.idleMs)
      const batch = ending.aborted ? undefined : link.inbox.take(batchSize)
      if (batch) yield batch
    }
  } finally {
    stop.abort()
    await running
  }
}

/** Keeps one socket connected and puts what it says into the inbox. */
class Link {
  readonly inbox = new Inbox(highWater, (isFull) => this.#pause(isFull))
  readonly #options: WebSocketOptions
  readonly #timing: SocketTiming
  #stream: Stream | undefined
  #socket: WebSocket | undefined
  #cursor: number | undefined
  #host = 0
  #lastHost: number | undefined
  readonly #rhythm = new Rhythm()

  constructor(options: WebSocketOptions, timing: SocketTiming, cursor: number | undefined) {
    this.#options = options
    this.#timing = timing
    this.#cursor = cursor
    this.inbox.cursor = () => this.#stream?.cursor() ?? this.#cursor
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      const wasUseful = await this.#connectOnce(signal)
      failures = wasUseful ? 0 : failures + 1
      if (!wasUseful) this.#host = (this.#host + 1) % this.#options.hosts.length
      const pause = backoffMs(failures + 1, this.#timing.backoff)
      await wait(pause, undefined, { signal }).catch(() => {})
    }
  }

  #pause(isFull: boolean): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#socket.isPaused === isFull) return
    if (isFull) this.#socket.pause()
    else this.#socket.resume()
  }

  /** One connection from beginning to end. Answers whether it said anything and did not die in silence. */
  #connectOnce(signal: AbortSignal): Promise<boolean> {
    const host = this.#options.hosts[this.#host] ?? ''
    const stream = this.#options.open(host, this.#cursor, this.#host !== this.#lastHost)
    const { url, headers = {} } = stream
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: maxFrameBytes, headers })
    const liveness = new Liveness(socket, this.#timing.pingMs, () => this.#hasFallenSilent())
    let wasUseful = false
    this.#socket = socket
    this.#stream = stream
    const abort = () => socket.terminate()
    signal.addEventListener('abort', abort)
    socket.on('open', () => {
      this.#lastHost = this.#host
      this.#rhythm.skip()
      this.inbox.host = new URL(host).host
      stream.opened?.((text) => socket.readyState === WebSocket.OPEN && socket.send(text))
      this.inbox.opened()
    })
    socket.on('unexpected-response', (_, response) => {
      void readShort(response).then((body) => {
        this.#put(stream.refused?.(body))
        socket.terminate()
      })
    })
    socket.on('message', (data: Buffer) => {
      liveness.seen()
      this.#rhythm.note(Date.now())
      wasUseful = true
      this.#take(stream, socket, data)
    })
    // 'close' follows every error.
    socket.on('error', () => {})
    return new Promise((resolve) => {
      socket.on('close', () => {
        signal.removeEventListener('abort', abort)
        liveness.stop()
        this.#cursor = stream.cursor()
        resolve(wasUseful && !liveness.isDead)
      })
      if (signal.aborted) abort()
    })
  }

  #take(stream: Stream, socket: WebSocket, frame: Buffer): void {
    if (socket.readyState !== WebSocket.OPEN) return
    const reading = stream.read(frame)
    this.#put(reading)
    if (reading?.isOver) socket.terminate()
  }

  #put(reading: StreamReading | undefined): void {
    if (reading) this.inbox.put(reading.messages ?? [], reading.notices)
  }

  #hasFallenSilent(): boolean {
    if (this.#socket?.isPaused) this.#rhythm.skip()
    const silence = this.#rhythm.takeSilence(Date.now())
    if (!silence) return false
    const { silentMs, usualMs } = silence
    const detail = `nothing for ${Math.round(silentMs / 1000)} s; usually something every ${Math.ceil(usualMs)} ms`
    this.inbox.put([], [{ reason: 'source-silent', detail }])
    return true
  }
}

const maxRefusalBytes = 4_096
const refusalMs = 5_000

/** The beginning of an answer; what there is of it where the rest does not come. */
async function readShort(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  const timer = setTimeout(() => response.destroy(), refusalMs)
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxRefusalBytes) break
    }
  } catch {
    // A refusal is a refusal.
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Pings, and ends a socket that answers nothing. A paused socket is not listened to, so it is not judged. */
class Liveness {
  isDead = false
  #lastSeen = Date.now()
  readonly #timer: NodeJS.Timeout

  constructor(socket: WebSocket, pingMs: number, isStuck: () => boolean) {
    for (const event of ['open', 'pong', 'ping']) socket.on(event, () => this.seen())
    this.#timer = setInterval(() => {
      const mustEnd = isStuck() || Date.now() - this.#lastSeen > 3 * pingMs
      if (socket.isPaused) this.seen()
      else if (mustEnd) {
        this.isDead = true
        socket.terminate()
      } else if (socket.readyState === WebSocket.OPEN) socket.ping()
    }, pingMs)
  }

  seen(): void {
    this.#lastSeen = Date.now()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
