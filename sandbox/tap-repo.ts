import { setTimeout as wait } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { getXrpc } from './collection-directory.ts'
import { sendOrCut } from './relay-stream.ts'

export type TapMessage = { live: boolean; rev: string; body: { type: string; [part: string]: unknown } }

/** A repo that Tap follows, and what of it the reader has not acknowledged. */
export type TapRepo = {
  did: string
  handle: string
  status: string
  state: 'resyncing' | 'active'
  rev: string
  records: Set<string>
  queue: (TapMessage & { id: number })[]
  inFlight: Map<number, TapMessage & { id: number }>
}

let ids = 0
/** More unread than this, and the repo's oldest are dropped: nobody reads. */
const maxQueue = 20_000

export function newTapRepo(did: string): TapRepo {
  const empty = { rev: '', records: new Set<string>(), queue: [], inFlight: new Map() }
  return { did, handle: '', status: 'active', state: 'resyncing', ...empty }
}

export function enqueue(repo: TapRepo, message: TapMessage): void {
  const { type, record } = message.body
  if (type === 'record') noteRecord(repo, message.rev, record as TapAddress)
  repo.queue.push({ ...message, id: ++ids })
  if (repo.queue.length > maxQueue) repo.queue.shift()
}

type TapAddress = { collection: string; rkey: string; action: string }

function noteRecord(repo: TapRepo, rev: string, { collection, rkey, action }: TapAddress): void {
  repo.rev = rev > repo.rev ? rev : repo.rev
  if (action === 'delete') repo.records.delete(`${collection}/${rkey}`)
  else repo.records.add(`${collection}/${rkey}`)
}

/** What was sent to a reader that has gone is to be sent again, in its order. */
export function giveBack(repo: TapRepo): void {
  repo.queue.unshift(...Array.from(repo.inFlight.values()).sort((a, b) => a.id - b.id))
  repo.inFlight.clear()
}

/** Sends what may be sent: of the history all at once; each live message alone, after everything before it. */
export function pump({ queue, inFlight, state }: TapRepo, reader: WebSocket): void {
  const first = inFlight.values().next().value
  if (first?.live) return
  for (let next = queue[0]; next; next = queue[0]) {
    if (next.live && (inFlight.size > 0 || state === 'resyncing')) return
    queue.shift()
    inFlight.set(next.id, next)
    sendOrCut(reader, JSON.stringify({ id: next.id, ...next.body }))
    if (next.live) return
  }
}

/** Whether the message was this repo's. */
export function settle(repo: TapRepo, id: number): boolean {
  return repo.inFlight.delete(id)
}

type Resync = { pdsUrl: string; isWanted: (collection: string) => boolean; signal: AbortSignal }
type Listed = { uri: string; cid: string; value: unknown }

/** Puts all of the repo's records in front of what has happened since; tries until the PDS answers. */
export async function resync(repo: TapRepo, options: Resync): Promise<void> {
  while (!options.signal.aborted) {
    try {
      const { rev, messages } = await readRepo(repo, options)
      const later = repo.queue.splice(0).filter((message) => message.rev === '' || message.rev > rev)
      for (const message of messages) enqueue(repo, message)
      repo.queue.push(...later)
      repo.state = 'active'
      return
    } catch {
      await wait(500, undefined, { signal: options.signal }).catch(() => {})
    }
  }
}

async function readRepo(repo: TapRepo, { pdsUrl, isWanted }: Resync): Promise<{ rev: string; messages: TapMessage[] }> {
  const { did } = repo
  const { rev } = await getXrpc<{ rev: string }>(pdsUrl, `com.atproto.sync.getLatestCommit?did=${did}`)
  const about = await getXrpc<{ handle: string; collections: string[] }>(
    pdsUrl,
    `com.atproto.repo.describeRepo?repo=${did}`,
  )
  repo.handle ||= about.handle
  const messages: TapMessage[] = []
  for (const collection of about.collections.filter(isWanted)) {
    for (const { uri, cid, value } of await listRecords(pdsUrl, did, collection)) {
      const rkey = uri.split('/').at(-1) ?? ''
      const record = { live: false, did, rev, collection, rkey, action: 'create', cid, record: value }
      messages.push({ live: false, rev, body: { type: 'record', record } })
    }
  }
  return { rev, messages }
}

/** All of a collection, oldest first. */
export async function listRecords(pdsUrl: string, did: string, collection: string): Promise<Listed[]> {
  const all: Listed[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({
      repo: did,
      collection,
      limit: '100',
      reverse: 'true',
      ...(cursor && { cursor }),
    })
    const page = await getXrpc<{ records: Listed[]; cursor?: string }>(pdsUrl, `com.atproto.repo.listRecords?${query}`)
    all.push(...page.records)
    cursor = page.cursor
  } while (cursor)
  return all
}
