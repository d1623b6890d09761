import { isCalendarCollection } from './collections.ts'
import { type FirehoseFrame, readFirehoseFrame } from './firehose-frame.ts'
import { isOtherCommit } from './scan-commit.ts'
import type { Source, SourceBatch, SourceMessage, SourceNotice } from './record-op.ts'
import type { VerifyBatch } from './verify-batch.ts'
import { type CommitClaim, type CommitToVerify, checkCommit } from './verify-commit.ts'
import { toRefusal } from './verify-reason.ts'
import { type SocketTiming, type Stream, type StreamReading, readWebSocket } from './websocket-source.ts'

export type FirehoseOptions = {
  /** Base address (ws: or wss:) of one relay or PDS: a seq means something to that host only. */
  url: string
  /** Checks who signed what comes; without it nothing counts as verified. */
  verify?: VerifyBatch
  timing?: Partial<SocketTiming>
}

/** com.atproto.sync.subscribeRepos of a relay or a PDS: signed commits, cursor = seq, exclusive. */
export function createFirehoseSource({ url, verify, timing }: FirehoseOptions): Source {
  return {
    name: `firehose:${new URL(url).host}`,
    batches: (cursor, signal) => {
      const run: FirehoseRun = {}
      const open = (host: string, from: number | undefined) => openStream(host, from, run)
      const batches = readWebSocket({ hosts: [url], open, ...(timing && { timing }) }, cursor, signal)
      return verify ? verifyBatches(batches, verify) : batches
    },
  }
}

async function* verifyBatches(batches: AsyncIterable<SourceBatch>, verify: VerifyBatch): AsyncGenerator<SourceBatch> {
  for await (const batch of batches) yield await verify(batch)
}

/** What outlives one connection: a cursor the host refused, to be told with the first frame of the next. */
type FirehoseRun = { refused?: { cursor: number | undefined; message: string } }

function openStream(base: string, from: number | undefined, run: FirehoseRun): Stream {
  const position = new Position(from)
  return {
    url: subscribeUrl(base, from),
    cursor: () => position.value,
    read(frame) {
      if (isOtherCommit(frame)) {
        position.skip(frame)
        return run.refused && { notices: tellRestart(run, position.value) }
      }
      return readFrame(frame, position, run)
    },
  }
}

function readFrame(frame: Buffer, position: Position, run: FirehoseRun): StreamReading | undefined {
  const reading = readFirehoseFrame(frame)
  if (reading.kind === 'ops') {
    position.value = reading.seq
    return { messages: toMessages(reading), notices: tellRestart(run, reading.seq) }
  }
  if (reading.kind === 'unreadable') {
    const raw = frame.toString('base64', 0, 4096)
    const cursor = position.value ?? 0
    return { messages: [{ cursor, op: { kind: 'bad', reason: 'message-unreadable', error: reading.error, raw } }] }
  }
  const { name, message } = reading
  if (name === 'FutureCursor') {
    run.refused = { cursor: position.value, message }
    position.value = undefined
    return { isOver: true }
  }
  const notice = {
    reason: noticeReason(name),
    detail: message,
    ...(position.value !== undefined && { from: position.value }),
  }
  return { notices: [notice], isOver: reading.kind === 'error' }
}

function toMessages({ seq, ops, claim }: Extract<FirehoseFrame, { kind: 'ops' }>): SourceMessage[] {
  const commit = claim && checkClaim(claim)
  return ops.map((op) => ({ cursor: seq, op, ...(commit && { commit }) }))
}

/** All that can be checked without the key of the repo is checked while the frame is there, so that none has to be kept. */
function checkClaim(claim: CommitClaim): CommitToVerify {
  const { did, rev } = claim
  const checked = toRefusal(() => checkCommit(claim, isCalendarPath))
  return 'value' in checked ? { did, rev, commit: checked.value } : { did, rev, refusal: checked.refusal }
}

function isCalendarPath(path: string): boolean {
  return isCalendarCollection(path.split('/', 1)[0] ?? '')
}

/** The host's numbers lie behind our cursor: it has started anew. We go on from its present. */
function tellRestart(run: FirehoseRun, to: number | undefined): SourceNotice[] {
  if (!run.refused || to === undefined) return []
  const { cursor, message } = run.refused
  delete run.refused
  return [
    { reason: 'cursor-in-future', detail: message, to, restarts: true, ...(cursor !== undefined && { from: cursor }) },
  ]
}

const knownNames = new Map([
  ['OutdatedCursor', 'cursor-outdated'],
  ['ConsumerTooSlow', 'consumer-too-slow'],
])

function noticeReason(name: string): string {
  return knownNames.get(name) ?? 'source-says'
}

/** The seq of the last frame. Frames that are skipped are decoded for it only when somebody asks. */
class Position {
  #seq: number | undefined
  #skipped: Buffer | undefined

  constructor(seq: number | undefined) {
    this.#seq = seq
  }

  skip(frame: Buffer): void {
    this.#skipped = frame
  }

  set value(seq: number | undefined) {
    this.#seq = seq
    this.#skipped = undefined
  }

  get value(): number | undefined {
    const reading = this.#skipped && readFirehoseFrame(this.#skipped)
    if (reading?.kind === 'ops') this.#seq = reading.seq
    this.#skipped = undefined
    return this.#seq
  }
}

function subscribeUrl(base: string, cursor: number | undefined): string {
  const url = new URL('/xrpc/com.atproto.sync.subscribeRepos', base)
  if (cursor !== undefined) url.searchParams.set('cursor', String(cursor))
  return url.href
}
