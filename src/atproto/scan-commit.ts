/** Canonical CBOR of the header {t: '#commit', op: 1}, as big-endian words of which the last overlaps. */
const headerWords = [0xa2617467, 0x23636f6d, 0x6d697462, 0x626f7001] as const
const headerLength = 15

const calendarPrefix = 'community.lexicon.calendar.'
const firstOfPrefix = calendarPrefix.charCodeAt(0)

const nullByte = 0xf6
/** A CID link: tag 42, 37 bytes, of which the first is 0. */
const linkHead = 0xd82a5825
const linkLength = 41

/**
 * A commit without calendar ops, told without decoding it. In canonical CBOR `ops` is the first key of the body, and what
 * it holds has one form; whatever looks otherwise is searched for the text of a calendar path as a whole.
 */
export function isOtherCommit(frame: Buffer): boolean {
  return isCommit(frame) && !(scanOps(frame) ?? frame.includes(calendarPrefix, headerLength, 'latin1'))
}

function isCommit(frame: Buffer): boolean {
  return (
    frame.length > 32 &&
    frame.readUInt32BE(0) === headerWords[0] &&
    frame.readUInt32BE(4) === headerWords[1] &&
    frame.readUInt32BE(8) === headerWords[2] &&
    frame.readUInt32BE(11) === headerWords[3]
  )
}

/** Whether an op's path is one of the calendar; undefined where the ops do not look as they always do. */
function scanOps(frame: Buffer): boolean | undefined {
  const isBody = (frame[headerLength] ?? 0) >> 5 === 5 && isKey(frame, headerLength + 1, 0x636f7073)
  const count = (frame[headerLength + 5] ?? 0) - 0x80
  if (!isBody || count < 0 || count > 23) return undefined
  let at = headerLength + 6
  for (let n = 0; n < count; n++) {
    // `cid`, `path`, sometimes `prev`, `action`.
    const keys = (frame[at] ?? 0) - 0xa0
    if ((keys !== 3 && keys !== 4) || !isKey(frame, at + 1, 0x63636964)) return undefined
    at = skipLink(frame, at + 5)
    if (frame[at] !== 0x64 || !isKey(frame, at + 1, 0x70617468)) return undefined
    at += 5
    const isLong = frame[at] === 0x78
    const length = isLong ? (frame[at + 1] ?? 0) : (frame[at] ?? 0) - 0x60
    at += isLong ? 2 : 1
    if (length < 0 || (!isLong && length > 23)) return undefined
    if (frame[at] === firstOfPrefix && isCalendarAt(frame, at)) return true
    at = skipRest(frame, at + length, keys)
    if (at < 0) return undefined
  }
  return false
}

/** Behind `prev`, where there is one, and `action`; -1 where they look otherwise. */
function skipRest(frame: Buffer, from: number, keys: number): number {
  let at = from
  if (keys === 4) {
    if (frame[at] !== 0x64 || !isKey(frame, at + 1, 0x70726576)) return -1
    at = skipLink(frame, at + 5)
  }
  if (frame[at] !== 0x66 || !isKey(frame, at + 1, 0x61637469)) return -1
  // "create", "update" or "delete".
  return frame[at + 7] === 0x66 ? at + 14 : -1
}

/** Behind a CID or null; beyond the end where it is neither. */
function skipLink(frame: Buffer, at: number): number {
  if (frame[at] === nullByte) return at + 1
  return isKey(frame, at, linkHead) ? at + linkLength : frame.length
}

function isKey(frame: Buffer, at: number, word: number): boolean {
  return at + 4 <= frame.length && frame.readUInt32BE(at) === word
}

function isCalendarAt(frame: Buffer, at: number): boolean {
  return frame.toString('latin1', at, at + calendarPrefix.length) === calendarPrefix
}
