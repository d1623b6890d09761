import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { type GeneratedFrames, generateFrames } from './ingest-frames.ts'
import type { Measured } from './ingest-reader.ts'
import { readers } from './ingest-readers.ts'
import { type Row, median, printTable, ratiosOf } from './ratios.ts'

const frameCount = 24_000
const every = 3_000
const rounds = 3

/** Reading a firehose and keeping the calendar ops, beside the peers: µs of CPU per frame, and the peak of memory. */
export async function benchReading(): Promise<void> {
  const generated = await generateFrames(frameCount, every)
  const bytes = generated.frames.reduce((sum, frame) => sum + frame.length, 0) / frameCount
  console.error(
    `${frameCount} frames of ${bytes.toFixed(0)} bytes on average, ${generated.hits.length} calendar commits`,
  )
  await using host = await FrameHost.start(generated.frames)
  const names = Object.keys(readers)
  const measured = new Map(names.map((name) => [name, [] as Measured[]]))
  for (let round = 0; round < rounds; round++)
    for (const name of names) measured.get(name)?.push(await measure(name, host.url, generated))
  for (const [name, runs] of measured) assertHits(name, runs, generated.hits)
  const micros = new Map(
    [...measured].map(([name, runs]) => [name, runs.map(({ cpuMicros }) => cpuMicros / (frameCount - every))]),
  )
  const ours = micros.get('ours, each hit verified') ?? []
  const rows = names.map((name): Row => {
    const all = micros.get(name) ?? []
    const peak = median(measured.get(name)?.map(({ peakMb }) => peakMb) ?? [])
    return [name, median(all).toFixed(1), `${median(ratiosOf(all, ours)).toFixed(2)} ×`, `${peak.toFixed(0)} MB`]
  })
  printTable(['reading the firehose', 'µs CPU per frame', 'of ours', 'peak memory'], rows)
}

async function measure(name: string, url: string, { hits, keys }: GeneratedFrames): Promise<Measured> {
  const file = new URL('ingest-reader.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [file, name, url, `${every}:${frameCount}`, String(hits.length)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(keys))
  const out = await text(child.stdout)
  if (out === '') throw new Error(`${name} told nothing`)
  return JSON.parse(out) as Measured
}

/** All must have found the same. */
function assertHits(name: string, runs: readonly Measured[], expected: readonly string[]): void {
  if (name === 'ws, receive only') return
  for (const { hits } of runs)
    if (hits.join() !== expected.join()) throw new Error(`${name} found ${hits.length} of ${expected.length} ops`)
}

/** Sends every reader the same frames, no faster than it reads. */
class FrameHost implements AsyncDisposable {
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer) {
    this.#server = server
  }

  static async start(frames: readonly Buffer[]): Promise<FrameHost> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    await once(server, 'listening')
    server.on('connection', (socket) => void send(socket, frames))
    return new FrameHost(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const maxUnread = 4 * 1024 * 1024

async function send(socket: WebSocket, frames: readonly Buffer[]): Promise<void> {
  socket.on('error', () => {})
  for (const frame of frames) {
    while (socket.bufferedAmount > maxUnread && socket.readyState === socket.OPEN) await wait(1)
    if (socket.readyState !== socket.OPEN) return
    socket.send(frame)
  }
}
