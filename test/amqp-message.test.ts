import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readJetstreamMessage } from '../src/atproto/jetstream-message.ts'
import type { Op } from '../src/atproto/record-op.ts'
import type { JsonObject } from '../src/base/json.ts'
import {
  carriedMessage,
  encodeMessage,
  messageVersion,
  readCarriedMessage,
  toCarriedMessage,
} from '../src/ingest/carry-message.ts'
import { routingKeyOf } from '../src/queue/amqp-topology.ts'
import { deleteOp, eventOp } from '../testkit/calendar-ops.ts'

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', 'docs', name), 'utf8')
const document = read('messages.md')
const examples = [...document.matchAll(/^```json\n(.*?)^```/gms)].map(
  ([, text]) => JSON.parse(text ?? '') as JsonObject,
)

const place = { source: 'jetstream', host: 'jetstream.test' }
const carry = (op: Op, cursor = 7) => encodeMessage(toCarriedMessage(place, { cursor, op }))
/** As the client hands it over: JSON is parsed. */
const arrive = (body: Buffer) => readCarriedMessage(JSON.parse(body.toString()))

const text = fc.string({ unit: 'binary', maxLength: 40 })
const time = fc.date({ noInvalidDate: true })
const json = fc.jsonValue({ depthSize: 'small' }) as fc.Arbitrary<JsonObject[string]>
const optional = <T extends object>(value: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
  fc.oneof(value, fc.constant({}))
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  fc
    .tuple(
      fc.record({
        kind: fc.constant('record' as const),
        did: text,
        collection: text,
        rkey: text,
        action: fc.constantFrom('create', 'update', 'delete'),
        rev: text,
        verified: fc.constantFrom('commit', 'proof', 'no'),
        live: fc.boolean(),
      }),
      optional(fc.record({ cid: text })),
      optional(fc.record({ record: fc.dictionary(text, json) })),
    )
    .map(([op, cid, record]) => ({ ...op, ...cid, ...record })),
  fc
    .tuple(
      fc.record({ kind: fc.constant('identity' as const), did: text, time }),
      optional(fc.record({ handle: text })),
    )
    .map(([op, handle]) => ({ ...op, ...handle })),
  fc.record({
    kind: fc.constant('account' as const),
    did: text,
    status: fc.constantFrom('active', 'deactivated', 'suspended', 'takendown', 'deleted'),
    time,
  }),
  fc
    .tuple(
      fc.record({ kind: fc.constant('sync' as const), did: text, rev: text, time }),
      optional(fc.record({ reason: text })),
    )
    .map(([op, reason]) => ({ ...op, ...reason })),
  fc.record({ kind: fc.constant('bad' as const), reason: text, error: text, raw: json }),
)

describe('a message', () => {
  test('brings every op as it was', () => {
    fc.assert(
      fc.property(anyOp, fc.maxSafeNat(), (op, cursor) => {
        // JSON knows no -0, and what is undefined is not there.
        const arrived = arrive(carry(op, cursor))
        expect(arrived.source).toBe('jetstream')
        expect(JSON.stringify(arrived.message)).toBe(JSON.stringify({ cursor, op: reordered(op, arrived.message.op) }))
      }),
      { numRuns: 500 },
    )
  })

  test('brings records with keys and texts that others stumble over', () => {
    const record = JSON.parse(
      '{"__proto__":{"x":1},"constructor":"\\u0000","lone":"\\ud800","deep":[[[{}]]]}',
    ) as JsonObject
    const op = { ...eventOp({ did: 'did:plc:a', rkey: 'a', n: 1 }), record }
    expect(arrive(carry(op)).message.op).toEqual(op)
  })

  test('that is nested too deep to be written goes without its record, and is put aside', () => {
    let deep: JsonObject = {}
    for (let n = 0; n < 200_000; n++) deep = { deep }
    const op = { ...eventOp({ did: 'did:plc:a', rkey: 'a', n: 1 }), record: deep }
    const { message } = arrive(carry(op))
    expect(message.op).toMatchObject({
      kind: 'bad',
      reason: 'message-unwritable',
      raw: { did: 'did:plc:a', rkey: 'a' },
    })
  })

  test('has the shape of Jetstream’s: what reads one reads the other', () => {
    const event = eventOp({ did: 'did:plc:a', rkey: 'a', n: 1 })
    for (const op of [event, deleteOp(event, 2)]) expect(readJetstreamMessage(carry(op).toString()).op).toEqual(op)
  })

  test.each([
    ['of a later version', { v: messageVersion + 1 }, 'message-version-unknown'],
    ['of no version', { v: undefined }, 'message-version-unknown'],
    ['of an unknown kind', { kind: 'label' }, 'message-unreadable'],
    ['without its body', { commit: undefined }, 'message-unreadable'],
    ['with a record that is none', { commit: { record: [] } }, 'message-unreadable'],
  ])('%s is a bad op with a reason, and keeps what came', (_, change, reason) => {
    const message = {
      ...toCarriedMessage(place, { cursor: 1, op: eventOp({ did: 'did:plc:a', rkey: 'a', n: 1 }) }),
      ...change,
    }
    const { op } = arrive(Buffer.from(JSON.stringify(message))).message
    expect(op).toMatchObject({ kind: 'bad', reason, raw: { did: 'did:plc:a' } })
  })

  test.each([Buffer.from('{'), Buffer.from([0xff]), 'text', null, 7, []])(
    'that is no JSON object is a bad op: %j',
    (body) => {
      expect(readCarriedMessage(body).message.op).toMatchObject({ kind: 'bad', reason: 'message-not-json' })
    },
  )

  test('of one repo always goes to the same queue', () => {
    expect(['did:plc:a', 'did:plc:b', 'did:web:example.org', ''].map(routingKeyOf)).toEqual(['p5', 'p4', 'p0', 'p1'])
  })
})

describe('docs/messages.md', () => {
  test('has the schema beside it as it is', () => {
    const schema = z.toJSONSchema(carriedMessage, { unrepresentable: 'any' })
    expect(JSON.parse(read('messages.schema.json'))).toEqual(schema)
  })

  test('shows a message of each kind that can be read', () => {
    const kinds = examples.map((example) => carriedMessage.parse(example).kind)
    expect(kinds.toSorted()).toEqual(['account', 'bad', 'commit', 'identity', 'sync'])
    for (const example of examples) {
      const again = toCarriedMessage(carriedMessage.parse(example), readCarriedMessage(example).message)
      expect({ ...again, time_us: 0 }).toEqual({ ...example, time_us: 0 })
    }
  })
})

/** The same op with its keys in the order of `like`, for a comparison as text, which knows lone surrogates apart. */
function reordered(op: Op, like: Op): Op {
  const values = op as unknown as Record<string, unknown>
  return Object.fromEntries(Object.keys(like).map((key) => [key, values[key]])) as unknown as Op
}
