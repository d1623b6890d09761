import { expect, test } from 'vitest'
import { eventOp, newDid } from '../testkit/calendar-ops.ts'
import { RelayLog, isWantedCollection } from './relay-log.ts'
import { openJetstreamV2 } from './serve-jetstream-v2.ts'

const did = newDid()
const fill = (log: RelayLog, from: number, to: number) => {
  for (let n = from; n <= to; n++) {
    log.add({ seq: n, bytes: Buffer.alloc(10) }, 1000 + Math.floor(n / 3), [eventOp({ did, rkey: `r${n}`, n })])
  }
}

test('places are strictly ascending, and the same when the same frames are read again', () => {
  const [first, second] = [new RelayLog(), new RelayLog()]
  fill(first, 1, 30)
  fill(second, 1, 30)
  const places = (log: RelayLog) => log.events.map(({ timeUs, seq }) => [timeUs, seq])
  expect(places(second)).toEqual(places(first))
  for (const column of [0, 1]) {
    const values = places(first).map((place) => place[column] ?? 0)
    expect(values).toEqual(Array.from(new Set(values)).sort((a, b) => a - b))
  }
})

test('the oldest is forgotten, which Jetstream v2 says before the upgrade', () => {
  const log = new RelayLog({ maxEvents: 10, maxFrameBytes: 10_000 })
  fill(log, 1, 100)
  expect(log.events.length).toBeLessThan(20)
  expect(log.frames.length).toBeLessThan(20)
  expect(log.events.at(-1)).toMatchObject({ frameSeq: 100 })
  const open = (cursor: number) => openJetstreamV2(log, new URL(`http://relay/?cursor=${cursor}`))
  expect(open(5)).toMatchObject({ refusal: { status: 400, error: 'CursorTooOld' } })
  expect(open(log.events[0]?.seq ?? 0)).toHaveProperty('serve')
  fill(log, 101, 105)
  const bytes = new RelayLog({ maxEvents: 1000, maxFrameBytes: 50 })
  fill(bytes, 1, 100)
  expect(bytes.frames.length).toBeLessThan(10)
  expect(bytes.events.map(({ frameSeq }) => frameSeq)).toEqual(bytes.frames.map(({ seq }) => seq))
})

test('the last state of a record is told; a deleted one is not there', () => {
  const log = new RelayLog()
  fill(log, 1, 3)
  log.add({ seq: 4, bytes: Buffer.alloc(1) }, 2000, [eventOp({ did, rkey: 'r1', n: 4 }, { name: 'Renamed' })])
  const { record: _, ...op } = eventOp({ did, rkey: 'r2', n: 5 })
  log.add({ seq: 5, bytes: Buffer.alloc(1) }, 2000, [{ ...op, action: 'delete' }])
  const recent = log.recent(() => true, 10)
  expect(recent.map(({ rkey }) => rkey)).toEqual(['r1', 'r3'])
  expect(recent[0]?.record?.['name']).toBe('Renamed')
})

test('a pattern names a collection or all below a name', () => {
  expect(isWantedCollection([], 'a.b.c')).toBe(true)
  expect(isWantedCollection(['a.b.*'], 'a.b.c')).toBe(true)
  expect(isWantedCollection(['a.b.*'], 'a.bb.c')).toBe(false)
  expect(isWantedCollection(['a.b.c', 'x.y.z'], 'x.y.z')).toBe(true)
})
