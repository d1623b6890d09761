import { decodeFirst } from '@atcute/cbor'
import { decode as decodeLex } from '@atproto/lex-cbor'
import { readFileSync, readdirSync } from 'node:fs'
import { readPdsFrames } from '../../testkit/captured-frames.ts'
import { SignedRepo, toFrame } from '../../testkit/signed-frames.ts'
import { parseAtUri, toAtUri } from '../../src/atproto/at-uri.ts'
import { eventCollection, isCalendarCollection, rsvpCollection } from '../../src/atproto/collections.ts'
import { readFirehoseFrame } from '../../src/atproto/firehose-frame.ts'
import { isOtherCommit } from '../../src/atproto/scan-commit.ts'
import { readJetstreamMessage } from '../../src/atproto/jetstream-message.ts'
import { readJetstreamV2Frame } from '../../src/atproto/jetstream-v2-message.ts'
import { readTapMessage } from '../../src/atproto/tap-message.ts'
import { checkCommit } from '../../src/atproto/verify-commit.ts'
import { checkProof } from '../../src/atproto/verify-proof.ts'
import { toRefusal } from '../../src/atproto/verify-reason.ts'
import { type Json, type JsonObject, isJsonObject } from '../../src/base/json.ts'
import { readEventRecord } from '../../src/events/event-record.ts'
import { readTime, toTimezone } from '../../src/events/read-time.ts'
import { readRsvpRecord } from '../../src/rsvps/rsvp-record.ts'
import type { Random } from '../chaos/random.ts'
import { flipBytes, mutateBytes, mutateJson } from './mutate.ts'

/** One thing that is mutated and read. `run` throws where what was read breaks a promise; how it is answered is counted. */
export type Target = { name: string; run(random: Random): string }

export async function makeTargets(): Promise<Target[]> {
  const frames = await makeFrames()
  const records = readRecords()
  return [
    { name: 'frame', run: (random) => tryFrame(mutateBytes(random, random.pick(frames), random.pick(frames))) },
    { name: 'frame, flipped', run: (random) => tryFrame(flipBytes(random, random.pick(frames))) },
    await makeProofTarget(),
    { name: 'jetstream message', run: (random) => tryMessage(random, random.pick(records)) },
    { name: 'event', run: (random) => tryEvent(mutateJson(random, random.pick(records))) },
    { name: 'answer', run: (random) => tryAnswer(mutateJson(random, random.pick(records))) },
    { name: 'at-uri', run: (random) => tryAtUri(random) },
    { name: 'time', run: (random) => tryTime(random) },
  ]
}

/** Of a real PDS, and of a repo with a tree of some height. */
async function makeFrames(): Promise<Buffer[]> {
  const repo = await SignedRepo.create()
  const made = await Array.fromAsync({ length: 8 }, async (_, n) =>
    repo.commit(
      ...Array.from({ length: 6 }, (_, i) => ({
        collection: [eventCollection, rsvpCollection, 'app.bsky.feed.post'][i % 3] ?? '',
        rkey: `k${n}x${i}`,
        record: { name: `Event ${n} ${i}` },
      })),
    ),
  )
  return [...readPdsFrames().frames, ...made.map(toFrame), toFrame(await repo.sync())]
}

function readRecords(): JsonObject[] {
  const folder = new URL('../../testkit/records/', import.meta.url)
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'INDEX.json')
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as JsonObject)
}

function tryFrame(frame: Buffer): string {
  const expected = countCalendarOps(frame)
  if (isOtherCommit(frame)) {
    if (expected > 0) throw new Error('a commit with calendar ops was passed over')
    return 'passed over'
  }
  const reading = readFirehoseFrame(frame)
  if (reading.kind !== 'ops') return reading.kind
  const found = reading.ops.filter(({ kind }) => kind === 'record' || kind === 'bad').length
  if (expected > found) throw new Error(`${expected} calendar ops, of which ${found} were read`)
  const { claim } = reading
  if (!claim) return 'no commit'
  const checked = toRefusal(() => checkCommit(claim, isCalendarPath))
  return 'refusal' in checked ? checked.refusal.reason : 'holds together'
}

function isCalendarPath(path: string): boolean {
  return isCalendarCollection(path.split('/', 1)[0] ?? '')
}

/** By another decoder, which reads everything. */
function countCalendarOps(frame: Buffer): number {
  try {
    const [header, rest] = decodeFirst(frame) as [{ t?: unknown }, Uint8Array]
    if (header.t !== '#commit') return 0
    const { ops } = decodeLex(rest) as { ops?: unknown }
    return Array.isArray(ops) ? ops.filter((op) => isCalendarPath(String(op?.path))).length : 0
  } catch {
    return 0
  }
}

async function makeProofTarget(): Promise<Target> {
  const repo = await SignedRepo.create()
  const rkeys = Array.from({ length: 60 }, (_, i) => `k${i}`)
  await repo.commit(...rkeys.map((rkey) => ({ collection: eventCollection, rkey, record: { name: rkey } })))
  const cars = [Buffer.from(await repo.car()), Buffer.from(await repo.proof(eventCollection, 'k7'))]
  const run = (random: Random) => {
    const car = random.below(2)
      ? flipBytes(random, random.pick(cars))
      : mutateBytes(random, random.pick(cars), random.pick(cars))
    const proof = toRefusal(() => checkProof(car, repo.did, `${eventCollection}/${random.pick(rkeys)}`))
    return 'refusal' in proof ? proof.refusal.reason : proof.value.found ? 'found' : 'absent'
  }
  return { name: 'CAR', run }
}

function tryMessage(random: Random, record: JsonObject): string {
  const commit = {
    rev: '3l3qo2vuowo2b',
    operation: 'create',
    collection: eventCollection,
    rkey: '3l3qo2vutsw2b',
    record,
  }
  const message = { did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', time_us: 1_750_000_000_000_000, kind: 'commit', commit }
  const text = JSON.stringify(mutateJson(random, message))
  const broken = random.below(3) === 0 ? mutateBytes(random, Buffer.from(text), Buffer.from(text)).toString() : text
  readJetstreamV2Frame(broken)
  readTapMessage(broken)
  return readJetstreamMessage(broken).op?.kind ?? 'nothing'
}

function tryEvent(value: Json): string {
  if (!isJsonObject(value)) return 'no object'
  const reading = readEventRecord(value, '3l3qo2vutsw2b')
  if (reading && Object.hasOwn(Object.prototype, 'polluted')) throw new Error('a prototype was changed')
  return reading ? 'read' : 'unreadable'
}

function tryAnswer(value: Json): string {
  if (!isJsonObject(value)) return 'no object'
  return readRsvpRecord(value, '3l3qo2vutsw2b').details ? 'read' : 'unreadable'
}

const uri = Buffer.from(`at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/${eventCollection}/3l3qo2vutsw2b`)

function tryAtUri(random: Random): string {
  const text = mutateBytes(random, uri, uri).toString('latin1')
  const parts = parseAtUri(text)
  if (parts && toAtUri(parts) !== text) throw new Error(`${text} is another address when it is written again`)
  return parts ? 'read' : 'none'
}

const times = ['2026-11-25T18:00:00.000Z', '2026-11-25', '2026-03-29T02:30:00+01:00', '2026-11-25T18:00', '2026-W48-3']
const zones = ['Europe/Berlin', 'America/St_Johns', 'UTC', 'Etc/GMT+12', 'US/Pacific']

function tryTime(random: Random): string {
  const text = Buffer.from(random.pick(times))
  const zone = Buffer.from(random.pick(zones))
  const timezone = toTimezone(random.below(4) === 0 ? mutateBytes(random, zone, zone).toString('latin1') : String(zone))
  const { at } = readTime(mutateBytes(random, text, text).toString('latin1'), 'startsAt', timezone)
  if (at && (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1969 || at.getUTCFullYear() > 2201))
    throw new Error(`a time was read as ${String(at)}`)
  return at ? 'read' : 'none'
}
