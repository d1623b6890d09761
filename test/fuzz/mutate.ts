import type { Json } from '../../src/base/json.ts'
import type { Random } from '../chaos/random.ts'

/** Heads of CBOR items and varints that promise more than there is, and other bytes that parsers trip over. */
const nastyBytes = [
  '00',
  'ff',
  '7f',
  '9f',
  'bf',
  '5f',
  '9bffffffffffffffff',
  '5b001fffffffffffff',
  'ba00ffffff',
  'd82a58250001711220',
]
const nasty = nastyBytes.map((hex) => Buffer.from(hex, 'hex'))

/** A few changes somewhere in the bytes; `other` lends parts. */
export function mutateBytes(random: Random, seed: Buffer, other: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(seed)
  for (let n = 1 + random.below(4); n > 0 && bytes.length > 1; n--) bytes = mutateOnce(random, bytes, other)
  return bytes
}

/** Changes that keep every length, so that what holds other things stays readable more often. */
export function flipBytes(random: Random, seed: Buffer): Buffer {
  const bytes = Buffer.from(seed)
  for (let n = 1 + random.below(3); n > 0; n--) {
    const at = random.below(bytes.length)
    bytes[at] = random.below(2) ? random.below(256) : (bytes[at] ?? 0) ^ (1 << random.below(8))
  }
  return bytes
}

function mutateOnce(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = random.below(bytes.length)
  const length = 1 + random.below(Math.min(64, bytes.length - at))
  const from = random.below(other.length)
  switch (random.below(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      return bytes
    case 1:
      bytes[at] = random.below(256)
      return bytes
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at), random.pick(nasty), bytes.subarray(at + random.below(8))])
    default:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at + length)])
  }
}

const nastyValues: readonly Json[] = [
  ...[null, true, 0, -1, 2 ** 53, 1e308, 0.1, '', ' ', '\0', '\ud800', '__proto__', 'javascript:alert(1)'],
  ...['2026-02-30', '10000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '2026-03-29T02:30:00', 'tomorrow', '2026-W01'],
  ...[
    'at://did:plc:x/community.lexicon.calendar.event/a',
    'community.lexicon.calendar.event#',
    '#',
    '\u202e'.repeat(99),
  ],
  'x'.repeat(20_000),
  '👩‍👩‍👧‍👦'.repeat(500),
  [],
  {},
  [[[[[[[[]]]]]]]],
  Array.from({ length: 2_000 }, () => ({})),
  { $link: 'bafy' },
  { $bytes: '!' },
  JSON.parse('{"__proto__":{"polluted":true}}'),
]

/** The JSON with one value or key somewhere changed. */
export function mutateJson(random: Random, value: Json, depth = 0): Json {
  const isLeaf = typeof value !== 'object' || value === null
  if (isLeaf || depth > 6 || random.below(4) === 0) return random.pick(nastyValues)
  if (Array.isArray(value)) {
    if (value.length === 0) return [random.pick(nastyValues)]
    const i = random.below(value.length)
    return value.with(i, mutateJson(random, value[i] ?? null, depth + 1))
  }
  const keys = Object.keys(value)
  const key =
    keys.length > 0 && random.below(8) > 0 ? random.pick(keys) : random.pick(['$type', 'name', '__proto__', 'a'])
  const { [key]: before = null, ...rest } = value
  return random.below(6) === 0 ? rest : { ...rest, [key]: mutateJson(random, before, depth + 1) }
}
