import type { RawData, WebSocket } from 'ws'
import { type RelayEvent, type RelayLog, isWantedCollection } from './relay-log.ts'
import { type OpenedStream, refuse, sendOrCut, wholeNumber } from './relay-stream.ts'

type Filter = { collections: string[]; dids: Set<string>; maxBytes: number }

const maxCollections = 100
const maxDids = 10_000
const nsidOrPrefix = /^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*(\.[a-zA-Z][a-zA-Z0-9]*|\.\*)$/

/** Jetstream v1 (https://github.com/bluesky-social/jetstream): `/subscribe`, without compression. */
export function openJetstream(log: RelayLog, { searchParams: query }: URL): OpenedStream {
  const cursor = wholeNumber(query.get('cursor'))
  const filter = toFilter({
    wantedCollections: query.getAll('wantedCollections'),
    wantedDids: query.getAll('wantedDids'),
    maxMessageSizeBytes: wholeNumber(query.get('maxMessageSizeBytes')) ?? 0,
  })
  if (typeof filter === 'string') return refuse('InvalidRequest', filter)
  if (Number.isNaN(cursor)) return refuse('InvalidRequest', 'cursor is no number of microseconds')
  if (query.get('compress') === 'true') return refuse('InvalidRequest', 'the sandbox does not compress')
  const waits = query.get('requireHello') === 'true'
  return { serve: (socket) => serve(log, socket, { filter, cursor, waits }) }
}

type Subscription = { filter: Filter; cursor: number | undefined; waits: boolean }

function serve(log: RelayLog, socket: WebSocket, { filter, cursor, waits }: Subscription): void {
  let wanted = filter
  const give = (event: RelayEvent) => {
    const text = isWanted(wanted, event) ? toMessage(event) : undefined
    if (text && (wanted.maxBytes === 0 || Buffer.byteLength(text) <= wanted.maxBytes)) sendOrCut(socket, text)
  }
  let isStarted = false
  const start = () => {
    if (isStarted) return
    isStarted = true
    // Older than what is kept: from there on, without a word. A cursor in the future: from now on.
    if (cursor !== undefined) for (const event of log.events) if (event.timeUs >= cursor) give(event)
    socket.on('close', log.follow({ onEvent: give }))
  }
  socket.on('message', (data) => {
    const next = readOptionsUpdate(data)
    if (typeof next === 'string') return socket.close(1008, next)
    wanted = next
    start()
  })
  if (!waits) start()
}

function readOptionsUpdate(data: RawData): Filter | string {
  try {
    const { type, payload } = JSON.parse((data as Buffer).toString('utf8')) as { type?: string; payload?: object }
    return type === 'options_update' ? toFilter(payload ?? {}) : 'unknown message type'
  } catch {
    return 'message is not JSON'
  }
}

function toFilter(options: {
  wantedCollections?: unknown
  wantedDids?: unknown
  maxMessageSizeBytes?: unknown
}): Filter | string {
  const { wantedCollections: collections = [], wantedDids: dids = [], maxMessageSizeBytes: maxBytes = 0 } = options
  if (!isTexts(collections) || !isTexts(dids)) return 'wantedCollections and wantedDids are lists of texts'
  if (collections.length > maxCollections) return `more than ${maxCollections} wantedCollections`
  if (dids.length > maxDids) return `more than ${maxDids} wantedDids`
  const wrong =
    collections.find((pattern) => !nsidOrPrefix.test(pattern)) ?? dids.find((did) => !did.startsWith('did:'))
  if (wrong !== undefined) return `invalid: ${wrong}`
  if (typeof maxBytes !== 'number' || Number.isNaN(maxBytes)) return 'maxMessageSizeBytes is no number'
  return { collections, dids: new Set(dids), maxBytes: Math.max(0, maxBytes) }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Identities and accounts come whatever the collections. */
function isWanted({ collections, dids }: Filter, { op }: RelayEvent): boolean {
  if (dids.size > 0 && !dids.has(op.did)) return false
  return op.kind !== 'record' || isWantedCollection(collections, op.collection)
}

/** Undefined for what v1 does not know. */
function toMessage({ timeUs, frameSeq, op }: RelayEvent): string | undefined {
  const envelope = { did: op.did, time_us: timeUs }
  if (op.kind === 'record') {
    const { rev, action: operation, collection, rkey, record, cid } = op
    return JSON.stringify({ ...envelope, kind: 'commit', commit: { rev, operation, collection, rkey, record, cid } })
  }
  if (op.kind === 'sync') return undefined
  const common = { did: op.did, seq: frameSeq, time: op.time }
  if (op.kind === 'identity') {
    return JSON.stringify({ ...envelope, kind: op.kind, identity: { ...common, handle: op.handle } })
  }
  const active = op.status === 'active'
  return JSON.stringify({
    ...envelope,
    kind: op.kind,
    account: { active, ...common, ...(!active && { status: op.status }) },
  })
}
