import type { Fetch } from './guarded-fetch.ts'
import type { Op, Source, SourceBatch, SourceMessage } from './record-op.ts'
import { readTapMessage } from './tap-message.ts'
import { type SocketTiming, type Stream, readWebSocket } from './websocket-source.ts'

export type TapOptions = {
  /** Of the operator's own Tap (http:, https:, ws: or wss:). */
  url: string
  password?: string | undefined
  timing?: Partial<SocketTiming>
}

/**
 * Tap (https://github.com/bluesky-social/indigo/tree/main/cmd/tap): follows repos for us and gives each message until it is
 * acknowledged. That is done when its batch is stored, which is when the reader comes back for the next. The cursor only
 * says that it was read: Tap remembers by itself.
 */
export function createTapSource({ url, password, timing }: TapOptions): Source {
  return {
    name: `tap:${new URL(url).host}`,
    isAcknowledged: true,
    async *batches(cursor, signal) {
      const channel = new Channel(url, password)
      const open = () => channel.open()
      for await (const batch of readWebSocket({ hosts: [url], open, ...(timing && { timing }) }, cursor, signal)) {
        yield batch
        channel.acknowledge(batch)
      }
    },
  }
}

const maxResyncs = 20_000

class Channel {
  readonly #url: string
  readonly #headers: Record<string, string>
  /** By their rev, the repos whose whole calendar Tap has begun to tell again. */
  readonly #resyncs = new Map<string, string>()
  #send: ((text: string) => void) | undefined
  #lastId = 0

  constructor(url: string, password: string | undefined) {
    this.#url = channelUrl(url)
    this.#headers = tapHeaders(password)
  }

  open(): Stream {
    return {
      url: this.#url,
      headers: this.#headers,
      cursor: () => this.#lastId,
      opened: (send) => (this.#send = send),
      read: (frame) => this.#read(frame.toString('utf8')),
    }
  }

  /** All of it is stored. On another connection than it came from it is an acknowledgement as well. */
  acknowledge({ messages }: SourceBatch): void {
    for (const { cursor } of messages) if (cursor > 0) this.#acknowledgeOne(cursor)
  }

  #read(text: string): { messages: SourceMessage[] } {
    const { id, ops } = readTapMessage(text)
    if (id === undefined) return { messages: ops.map((op) => ({ cursor: 0, op })) }
    this.#lastId = Math.max(this.#lastId, id)
    const all = ops.flatMap((op) => [...this.#noteResync(op), op])
    // Nothing of it is to be stored.
    if (all.length === 0) this.#acknowledgeOne(id)
    // Only with the last is all of the message stored.
    return { messages: all.map((op, i) => ({ cursor: i === all.length - 1 ? id : 0, op })) }
  }

  /**
   * What is told again says nothing of what was deleted meanwhile: a repo that is known here must be compared. Before its
   * first record, so that a repo nobody knew is not.
   */
  #noteResync(op: Op): Op[] {
    if (op.kind !== 'record' || op.live || this.#resyncs.get(op.did) === op.rev) return []
    if (this.#resyncs.size >= maxResyncs) this.#resyncs.clear()
    this.#resyncs.set(op.did, op.rev)
    return [{ kind: 'sync', did: op.did, rev: op.rev, time: new Date() }]
  }

  #acknowledgeOne(id: number): void {
    this.#send?.(JSON.stringify({ type: 'ack', id }))
  }
}

/** Asks Tap to follow these repos too. Those it follows already it goes on with. Throws. */
export async function addTapRepos(
  { url, password, fetch }: TapOptions & { fetch: Fetch },
  dids: readonly string[],
): Promise<void> {
  const response = await fetch(httpUrl(url, '/repos/add'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...tapHeaders(password) },
    body: JSON.stringify({ dids }),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`Tap answered ${response.status} to repos/add`)
}

function channelUrl(base: string): string {
  return httpUrl(base, '/channel').href.replace(/^http/, 'ws')
}

function httpUrl(base: string, path: string): URL {
  return new URL(path, base.replace(/^ws/, 'http'))
}

function tapHeaders(password: string | undefined): Record<string, string> {
  if (password === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` }
}
