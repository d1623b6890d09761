import { encode } from '@atcute/cbor'
import type { WebSocket } from 'ws'
import type { RelayLog } from './relay-log.ts'
import { type OpenedStream, refuse, sendOrCut, wholeNumber } from './relay-stream.ts'

export const firehosePath = '/xrpc/com.atproto.sync.subscribeRepos'

/** com.atproto.sync.subscribeRepos: the PDS's own frames, byte for byte, with its own seq. */
export function openFirehose(log: RelayLog, { searchParams: query }: URL): OpenedStream {
  const cursor = wholeNumber(query.get('cursor'))
  if (Number.isNaN(cursor)) return refuse('InvalidRequest', 'cursor is no whole number')
  return { serve: (socket) => serve(log, socket, cursor) }
}

function serve(log: RelayLog, socket: WebSocket, cursor: number | undefined): void {
  if (cursor !== undefined && cursor > log.lastFrameSeq) {
    sendOrCut(socket, frame({ op: -1 }, { error: 'FutureCursor', message: 'Cursor in the future.' }))
    return socket.close(1008, 'FutureCursor')
  }
  if (cursor !== undefined && log.hasForgotten && cursor + 1 < (log.frames[0]?.seq ?? 0)) {
    const body = { name: 'OutdatedCursor', message: 'Requested cursor exceeded limit. Possibly missing events' }
    sendOrCut(socket, frame({ op: 1, t: '#info' }, body))
  }
  if (cursor !== undefined) for (const { seq, bytes } of log.frames) if (seq > cursor) sendOrCut(socket, bytes)
  socket.on('close', log.follow({ onFrame: ({ bytes }) => sendOrCut(socket, bytes) }))
}

function frame(header: object, body: object): Buffer {
  return Buffer.concat([encode(header), encode(body)])
}
