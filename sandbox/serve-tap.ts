import { setTimeout as wait } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { RecordOp } from '../src/atproto/record-op.ts'
import type { CollectionDirectory } from './collection-directory.ts'
import { type Answer, type Asked, json } from './loopback-server.ts'
import { type RelayEvent, type RelayLog, isWantedCollection } from './relay-log.ts'
import type { OpenedStream } from './relay-stream.ts'
import { type TapRepo, enqueue, giveBack, newTapRepo, pump, resync, settle } from './tap-repo.ts'

const signalCollection = 'community.lexicon.calendar.event'
const collectionFilters = ['community.lexicon.calendar.*']

type TapOptions = { log: RelayLog; directory: CollectionDirectory; pdsUrl: string }

/**
 * Tap (https://github.com/bluesky-social/indigo/tree/main/cmd/tap) as we run it: follows every repo that has an event,
 * gives its whole calendar first, then what happens; each message until it is acknowledged, by one reader.
 * Does nothing before somebody asks.
 */
export class Tap implements Disposable {
  readonly #options: TapOptions
  readonly #repos = new Map<string, TapRepo>()
  readonly #ending = new AbortController()
  #unfollow: (() => void) | undefined
  #reader: WebSocket | undefined

  constructor(options: TapOptions) {
    this.#options = options
  }

  [Symbol.dispose](): void {
    this.#unfollow?.()
    this.#ending.abort()
  }

  open(): OpenedStream {
    return {
      serve: (socket) => {
        this.#reader?.close(1008, 'another reader has come')
        this.#reader = socket
        this.#begin()
        for (const repo of this.#repos.values()) giveBack(repo)
        this.#pumpAll()
        socket.on('message', (data) => this.#acknowledge((data as Buffer).toString('utf8')))
        socket.on('close', () => {
          if (this.#reader === socket) this.#reader = undefined
        })
      },
    }
  }

  async answer({ method, url, text }: Asked): Promise<Answer | undefined> {
    if (url.pathname === '/health') return json({ status: 'ok' })
    if (method === 'GET' && url.pathname.startsWith('/info/'))
      return this.#info(decodeURIComponent(url.pathname.slice(6)))
    if (method !== 'POST' || !['/repos/add', '/repos/remove'].includes(url.pathname)) return undefined
    const { dids } = JSON.parse(await text()) as { dids?: string[] }
    if (!Array.isArray(dids)) return json({ message: 'dids is a list' }, 400)
    this.#begin()
    for (const did of dids) {
      if (url.pathname === '/repos/add') this.#track(did)
      else this.#repos.delete(did)
    }
    return json({})
  }

  #info(did: string): Answer {
    const repo = this.#repos.get(did)
    if (!repo) return json({ message: 'not tracked' }, 404)
    const { handle, state, rev, records } = repo
    return json({ did, handle, state, rev, records: records.size, error: '', retries: 0 })
  }

  #begin(): void {
    if (this.#unfollow) return
    this.#unfollow = this.#options.log.follow({ onEvent: (event) => this.#take(event) })
    void this.#discover(this.#ending.signal)
  }

  /** Tries until the PDS answers. */
  async #discover(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dids = await this.#options.directory.list(signalCollection).catch(() => undefined)
      for (const did of dids ?? []) this.#track(did)
      if (dids) return
      await wait(500, undefined, { signal }).catch(() => {})
    }
  }

  #track(did: string): void {
    if (this.#repos.has(did)) return
    const repo = newTapRepo(did)
    this.#repos.set(did, repo)
    const isWanted = (collection: string) => isWantedCollection(collectionFilters, collection)
    void resync(repo, { pdsUrl: this.#options.pdsUrl, isWanted, signal: this.#ending.signal }).then(() =>
      this.#pump(repo),
    )
  }

  #take({ op }: RelayEvent): void {
    if (op.kind === 'record' && op.collection === signalCollection && op.action !== 'delete') this.#track(op.did)
    const repo = this.#repos.get(op.did)
    if (!repo || op.kind === 'sync') return
    if (op.kind !== 'record') {
      if (op.kind === 'identity') repo.handle = op.handle ?? repo.handle
      else repo.status = op.status
      const { did, handle, status } = repo
      const identity = { did, handle, is_active: status === 'active', status }
      enqueue(repo, { live: true, rev: '', body: { type: 'identity', identity } })
    } else if (isWantedCollection(collectionFilters, op.collection)) {
      enqueue(repo, { live: true, rev: op.rev, body: { type: 'record', record: toTapRecord(op) } })
    }
    this.#pump(repo)
  }

  #acknowledge(text: string): void {
    const id = readAck(text)
    if (id === undefined) return
    for (const repo of this.#repos.values()) if (settle(repo, id)) return this.#pump(repo)
  }

  #pumpAll(): void {
    for (const repo of this.#repos.values()) this.#pump(repo)
  }

  #pump(repo: TapRepo): void {
    if (this.#reader) pump(repo, this.#reader)
  }
}

function toTapRecord({ did, rev, collection, rkey, action, cid, record }: RecordOp): object {
  return { live: true, did, rev, collection, rkey, action, cid, record }
}

function readAck(text: string): number | undefined {
  try {
    const { type, id } = JSON.parse(text) as { type?: string; id?: number }
    return type === 'ack' ? id : undefined
  } catch {
    return undefined
  }
}
