import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JetstreamSubscription } from '@atcute/jetstream'
import { Tap, type TapEvent } from '@atproto/tap'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Reading, quickTiming as timing, readSource } from '../testkit/read-source.ts'
import { createJetstreamSource } from '../src/atproto/jetstream.ts'
import { createJetstreamV2Source, jetstreamV2Path } from '../src/atproto/jetstream-v2.ts'
import { addTapRepos, createTapSource } from '../src/atproto/tap.ts'
import { type Network, startNetwork } from './network.ts'
import { OtherApp } from './other-app.ts'
import { findFreePort } from './ports.ts'

const stack = new AsyncDisposableStack()
let network: Network
let app: OtherApp
let did: string
let began: number

/** What other people's clients understand of our relay, ours must understand of theirs: all read the same here. */
beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-clients-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  network = stack.use(await startNetwork({ ports: { pds: await findFreePort() }, dataDir }))
  app = new OtherApp(network.pds)
  began = Date.now() * 1000
  did = await app.signUp('ana.test')
  const { uri } = await app.createEvent(did, { name: 'One' })
  await app.editEvent(uri, { name: 'Two' })
  await app.answer(did, uri, 'going')
  await app.deleteRecord(uri)
  await app.createEvent(did, { name: 'Last' })
})
afterAll(() => stack.disposeAsync())

const steps = ['create event One', 'update event Two', 'create rsvp ', 'delete event ', 'create event Last']
const toStep = (action: string, collection: string, record: unknown) =>
  `${action} ${collection.split('.').at(-1)} ${(record as { name?: string } | undefined)?.name ?? ''}`

test('@atcute/jetstream reads our Jetstream v1, and validates every event', async () => {
  const wrong: unknown[] = []
  const subscription = new JetstreamSubscription({
    url: network.relay.socketUrl,
    cursor: began,
    wantedCollections: ['community.lexicon.calendar.*'],
    onError: (error) => wrong.push(error),
  })
  const seen: string[] = []
  const kinds = new Set<string>()
  for await (const event of subscription) {
    kinds.add(event.kind)
    if (event.kind !== 'commit') continue
    const { commit } = event
    seen.push(toStep(commit.operation, commit.collection, 'record' in commit ? commit.record : undefined))
    if (seen.length === steps.length) break
  }
  expect(seen).toEqual(steps)
  expect(kinds).toEqual(new Set(['commit', 'identity', 'account']))
  expect(wrong).toEqual([])
})

test('@atproto/tap reads our Tap, adds repos and acknowledges', async () => {
  const tap = new Tap(network.relay.url)
  const events: TapEvent[] = []
  const errors: unknown[] = []
  await using channel = tap.channel({
    async onEvent(event, { ack }) {
      events.push(event)
      await ack()
    },
    onError: (error) => errors.push(error),
  })
  void channel.start()
  await tap.addRepos([did])
  const records = () => events.flatMap((event) => (event.type === 'record' ? [event] : []))
  await expect.poll(() => records().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
  expect(
    records().map(({ live, action, collection, record }) => `${live} ${toStep(action, collection, record)}`),
  ).toEqual(expect.arrayContaining(['false create event Last', 'false create rsvp ']))
  await app.createEvent(did, { name: 'Live' })
  await expect
    .poll(() => records().map(({ live, record }) => `${live} ${record?.['name'] as string}`), { timeout: 10_000 })
    .toContain('true Live')
  expect(await tap.getRepoInfo(did)).toMatchObject({ did, handle: 'ana.test' })
  expect(errors).toEqual([])
})

test('our own sources read the same', async () => {
  const url = network.relay.socketUrl
  const isEnough = ({ ops }: Reading) => ops.some((op) => op.kind === 'record' && op.record?.['name'] === 'Last')
  for (const source of [
    createJetstreamSource({ urls: [url], timing }),
    createJetstreamV2Source({ urls: [`${url}${jetstreamV2Path}`], timing }),
  ]) {
    const { ops } = await readSource(source, { cursor: began, isEnough })
    const seen = ops.flatMap((op) => (op.kind === 'record' ? [toStep(op.action, op.collection, op.record)] : []))
    expect(seen.slice(0, steps.length)).toEqual(steps)
  }
  await addTapRepos({ url: network.relay.url, fetch }, [did])
  // The other client has acknowledged all that was.
  const reading = readSource(createTapSource({ url: network.relay.url, timing }), {
    isEnough: ({ ops }) => ops.some((op) => op.kind === 'record' && op.record?.['name'] === 'Ours'),
  })
  await app.createEvent(did, { name: 'Ours' })
  const { ops } = await reading
  expect(ops.every(({ kind }) => kind !== 'bad')).toBe(true)
})
