import { eventCollection, rsvpCollection } from './collections.ts'
import { readJetstreamMessage } from './jetstream-message.ts'
import type { Source, SourceNotice } from './record-op.ts'
import { type SocketTiming, type Stream, readWebSocket } from './websocket-source.ts'

export type JetstreamOptions = {
  /** Base addresses (ws: or wss:) of interchangeable hosts. */
  urls: readonly string[]
  timing?: Partial<SocketTiming>
}

const second = 1_000_000
/** Hosts stamp one event with different times: after a change, and after a start, read a little twice. */
const overlap = 5 * second
/** Identities and accounts come several times a second on the real network, whatever the filter: such a silence is a gap. */
const silence = 60 * second
/** What the public hosts keep. */
const retention = 36 * 3600 * second

/** Jetstream v1 (https://github.com/bluesky-social/jetstream): `/subscribe`, JSON, cursor in microseconds. Unsigned. */
export function createJetstreamSource({ urls, timing }: JetstreamOptions): Source {
  return {
    name: 'jetstream',
    isByTime: true,
    batches: (cursor, signal) =>
      // Without a cursor a first start that is cut short would begin later the second time.
      readWebSocket({ hosts: urls, open: openStream, ...(timing && { timing }) }, cursor ?? nowMicros(), signal),
  }
}

function openStream(base: string, cursor: number | undefined, isOtherHost: boolean): Stream {
  const asked = cursor === undefined ? nowMicros() : cursor - (isOtherHost ? overlap : 0)
  const openedAt = nowMicros()
  let position = cursor ?? asked
  let isFirst = true
  return {
    url: subscribeUrl(base, asked),
    cursor: () => position,
    read(frame) {
      const { time, op } = readJetstreamMessage(frame.toString('utf8'))
      const notices = isFirst && time !== undefined ? noticeClamp({ asked, first: time, openedAt }) : []
      if (time !== undefined) {
        isFirst = false
        position = Math.max(position, time)
      }
      return { messages: op ? [{ cursor: time ?? position, op }] : [], notices }
    },
  }
}

function subscribeUrl(base: string, cursor: number): string {
  const url = new URL('/subscribe', base)
  for (const collection of [eventCollection, rsvpCollection]) url.searchParams.append('wantedCollections', collection)
  url.searchParams.set('cursor', String(cursor))
  return url.href
}

/**
 * A cursor older than the host keeps is moved on silently. The first event tells: it lies long after the cursor, and
 * was either kept by the host (so what was before it is not) or the cursor is older than hosts keep anything.
 */
function noticeClamp({ asked, first, openedAt }: { asked: number; first: number; openedAt: number }): SourceNotice[] {
  if (first - asked <= silence) return []
  if (first >= openedAt && openedAt - asked <= retention) return []
  const detail = `asked for ${toTime(asked)}, got ${toTime(first)}`
  return [{ reason: 'cursor-clamped', detail, from: asked, to: first }]
}

function toTime(micros: number): string {
  return new Date(micros / 1000).toISOString()
}

function nowMicros(): number {
  return Date.now() * 1000
}
