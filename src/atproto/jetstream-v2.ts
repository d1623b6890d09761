import { eventCollection, rsvpCollection } from './collections.ts'
import type { JetstreamOptions } from './jetstream.ts'
import { readJetstreamV2Frame } from './jetstream-v2-message.ts'
import type { Source, SourceNotice } from './record-op.ts'
import { type Stream, type StreamReading, readWebSocket } from './websocket-source.ts'

/** Where a host serves v2: an address of JETSTREAM_URLS with this path is read by it. */
export const jetstreamV2Path = '/xrpc/network.bsky.jetstream.subscribeEvents'

/** Hosts stamp one event with different times: after a change, and after a start, read a little twice. */
const overlap = 5_000_000

/** What outlives one connection. */
type Run = {
  /** Of the last event: a time, which every host understands and v1 as well. */
  time: number
  /** Of the last event of this connection's host, to go on exactly after it. */
  seq?: { host: string; seq: number } | undefined
}

/**
 * Jetstream v2: XRPC frames in JSON. Its cursors are seqs or times; what is stored is a time, so that v1 and v2 and all
 * their hosts can take over from each other, and a seq is used where the same host is asked again. A host that no longer
 * has what is asked for says so (`CursorTooOld`), and is asked for half as far back until it has it.
 */
export function createJetstreamV2Source({ urls, timing }: JetstreamOptions): Source {
  return {
    name: 'jetstream',
    isByTime: true,
    batches: (cursor, signal) => {
      const run: Run = { time: cursor ?? nowMicros() }
      const open = (host: string) => openStream(host, run)
      return readWebSocket({ hosts: urls, open, ...(timing && { timing }) }, run.time, signal)
    },
  }
}

function openStream(base: string, run: Run): Stream {
  const { seq, time } = run
  // Inclusive: a host that still has it begins with the very event.
  let expected = seq?.host === base ? seq.seq : undefined
  return {
    url: subscribeUrl(base, expected ?? time - overlap),
    cursor: () => run.time,
    refused: (body) => readRefusal(run, base, body),
    read(frame) {
      const { reading, seq } = readFrame(run, base, frame.toString('utf8'))
      const notices = seq === undefined ? [] : noticeJump(expected, seq)
      if (seq !== undefined) expected = undefined
      return { ...reading, notices: [...(reading.notices ?? []), ...notices] }
    },
  }
}

function noticeJump(expected: number | undefined, seq: number): SourceNotice[] {
  if (expected === undefined || seq <= expected) return []
  return [{ reason: 'sequence-jump', detail: `asked for ${expected}, got ${seq}`, from: expected, to: seq }]
}

/** `seq`: of an event; undefined for what is about the stream. */
function readFrame(run: Run, base: string, text: string): { reading: StreamReading; seq?: number } {
  const frame = readJetstreamV2Frame(text)
  if (frame.kind === 'unreadable') return { reading: { messages: [{ cursor: run.time, op: frame.op }] } }
  if (frame.kind === 'info')
    return { reading: { notices: [{ reason: 'source-says', detail: `${frame.name} ${frame.message}` }] } }
  if (frame.kind === 'error') return { reading: readError(run, base, frame) }
  run.seq = { host: base, seq: frame.seq }
  run.time = Math.max(run.time, frame.time ?? 0)
  return { reading: { messages: frame.op ? [{ cursor: run.time, op: frame.op }] : [] }, seq: frame.seq }
}

function readError(run: Run, base: string, { name, message }: { name: string; message: string }): StreamReading {
  if (name === 'CursorTooOld') return { notices: askLess(run, base, message), isOver: true }
  if (name === 'ConsumerTooSlow') return { notices: [{ reason: 'consumer-too-slow', detail: message }], isOver: true }
  // Its numbers have begun anew: the time still says where we were.
  if (name === 'FutureCursor' && run.seq) run.seq = undefined
  else return { notices: [{ reason: 'source-says', detail: `${name} ${message}` }], isOver: true }
  return { isOver: true }
}

function readRefusal(run: Run, base: string, body: string): StreamReading | undefined {
  const { error, message } = readJson(body)
  return error === 'CursorTooOld' ? { notices: askLess(run, base, message ?? error) } : undefined
}

/** The notice goes with the cursor that leaves something out. */
function askLess(run: Run, base: string, detail: string): SourceNotice[] {
  // A seq may be refused whose time is kept: first the same place by its time.
  if (run.seq?.host === base) {
    run.seq = undefined
    return []
  }
  const from = run.time
  run.time += Math.ceil(Math.max(0, nowMicros() - from) / 2) + overlap
  return [{ reason: 'cursor-too-old', detail, from, to: run.time }]
}

function readJson(text: string): { error?: string; message?: string } {
  try {
    return JSON.parse(text) as { error?: string; message?: string }
  } catch {
    return {}
  }
}

function subscribeUrl(base: string, cursor: number): string {
  const url = new URL(jetstreamV2Path, base)
  for (const kind of ['commit', 'identity', 'account', 'sync']) url.searchParams.append('kinds', kind)
  for (const collection of [eventCollection, rsvpCollection]) url.searchParams.append('collections', collection)
  url.searchParams.set('cursor', String(cursor))
  return url.href
}

function nowMicros(): number {
  return Date.now() * 1000
}
