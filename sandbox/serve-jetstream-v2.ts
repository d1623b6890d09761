import type { WebSocket } from 'ws'
import { type RelayEvent, type RelayLog, isWantedCollection } from './relay-log.ts'
import { type OpenedStream, refuse, sendOrCut, wholeNumber } from './relay-stream.ts'

export const jetstreamV2Path = '/xrpc/network.bsky.jetstream.subscribeEvents'

const nsid = 'network.bsky.jetstream.subscribeEvents'
/** From here on a cursor is microseconds, below it a seq. */
const firstTime = 1e14

type Filter = { kinds: string[]; dids: string[]; collections: string[] }

/** Jetstream v2: XRPC frames in JSON, inclusive cursor, too old a cursor refused before the upgrade. Without compression. */
export function openJetstreamV2(log: RelayLog, { searchParams: query }: URL): OpenedStream {
  const cursor = wholeNumber(query.get('cursor'))
  const filter = { kinds: query.getAll('kinds'), dids: query.getAll('dids'), collections: query.getAll('collections') }
  if (Number.isNaN(cursor)) return refuse('InvalidRequest', 'cursor is no whole number')
  const unknown = filter.kinds.find((kind) => !['commit', 'identity', 'account', 'sync'].includes(kind))
  if (unknown !== undefined) return refuse('InvalidRequest', `unknown kind ${unknown}`)
  if (query.has('zstdDictionary')) return refuse('InvalidRequest', 'the sandbox does not compress')
  const oldest = log.events[0]
  if (cursor !== undefined && oldest && log.hasForgotten && cursor < placeOf(oldest, cursor)) {
    return refuse('CursorTooOld', `the oldest event kept is ${oldest.seq}`)
  }
  return { serve: (socket) => serve(log, socket, { filter, cursor }) }
}

function serve(log: RelayLog, socket: WebSocket, { filter, cursor }: { filter: Filter; cursor: number | undefined }) {
  socket.on('message', () => fail(socket, 'InvalidRequest', 'this stream takes no messages'))
  const last = log.events.at(-1)
  if (cursor !== undefined && cursor < firstTime && cursor > (last?.seq ?? 0) + 1) {
    return fail(socket, 'FutureCursor', `the last event is ${last?.seq ?? 0}`)
  }
  const give = (event: RelayEvent) => {
    if (isWanted(filter, event)) sendOrCut(socket, JSON.stringify({ $type: 'message', payload: toPayload(event) }))
  }
  if (cursor !== undefined) for (const event of log.events) if (placeOf(event, cursor) >= cursor) give(event)
  socket.on('close', log.follow({ onEvent: give }))
}

function placeOf({ seq, timeUs }: RelayEvent, cursor: number): number {
  return cursor < firstTime ? seq : timeUs
}

function fail(socket: WebSocket, error: string, message: string): void {
  sendOrCut(socket, JSON.stringify({ $type: 'error', error, message }))
  socket.close(1008, error)
}

function isWanted({ kinds, dids, collections }: Filter, { op }: RelayEvent): boolean {
  const kind = op.kind === 'record' ? 'commit' : op.kind
  if (kinds.length > 0 && !kinds.includes(kind)) return false
  if (dids.length > 0 && !dids.includes(op.did)) return false
  return op.kind !== 'record' || isWantedCollection(collections, op.collection)
}

function toPayload({ seq, timeUs, op }: RelayEvent): object {
  const $type = `${nsid}#${op.kind === 'record' ? 'commit' : op.kind}`
  if (op.kind === 'record') {
    const { did, rev, action: operation, collection, rkey, record, cid } = op
    const time = new Date(timeUs / 1000)
    return { $type, seq, did, time, rev, operation, collection, rkey, record, cid }
  }
  const { did, time } = op
  if (op.kind === 'identity') return { $type, seq, did, time, handle: op.handle }
  if (op.kind === 'sync') return { $type, seq, did, time, rev: op.rev }
  const active = op.status === 'active'
  return { $type, seq, did, time, active, ...(!active && { status: op.status }) }
}
