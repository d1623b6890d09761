import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { createFirehoseSource } from '../src/atproto/firehose.ts'
import { createJetstreamSource } from '../src/atproto/jetstream.ts'
import type { RecordOp, Source } from '../src/atproto/record-op.ts'
import { readProfileCounts, readProfileRecord } from '../src/accounts/read-profile.ts'
import { type CastAccount, seedCast } from './cast.ts'
import { type Network, startNetwork } from './network.ts'
import { OtherApp } from './other-app.ts'
import { findFreePort } from './ports.ts'

let dataDir: string
let pdsPort: number
let network: Network
let app: OtherApp
let cast: CastAccount[]
let seedingMs: number

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'openmeet-network-'))
  pdsPort = await findFreePort()
  await open()
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

async function open(): Promise<void> {
  network = await startNetwork({ ports: { pds: pdsPort }, dataDir })
  app = new OtherApp(network.pds)
  const begun = performance.now()
  cast = await seedCast({ app, dataDir })
  seedingMs = performance.now() - begun
}

const didOf = (handle: string) => cast.find((account) => account.handle === handle)?.did ?? expect.fail(handle)
const timing = { backoff: { firstMs: 1, maxMs: 20 }, pingMs: 500, idleMs: 50 }
const jetstream = () => createJetstreamSource({ urls: [network.relay.socketUrl], timing })
const firehose = () => createFirehoseSource({ url: network.relay.socketUrl, timing })

/** Reads a source until the record with this name (or none) has come. */
async function readUntil(source: Source, cursor: number | undefined, name: string): Promise<RecordOp[]> {
  const ops: RecordOp[] = []
  for await (const { messages } of source.batches(cursor, AbortSignal.timeout(10_000))) {
    ops.push(...messages.flatMap(({ op }) => (op.kind === 'record' ? [op] : [])))
    if (ops.some(({ record }) => record?.['name'] === name)) return ops
  }
  return expect.fail(`${name} did not come`)
}

/** Where our source has to stand to read nothing that was before: at first it reads five seconds twice. */
const fromNow = () => Date.now() * 1000 + 5_000_000

/** A client of one stream that keeps what it is told. */
async function connect(address: string, protocol?: string) {
  const socket = new WebSocket(`${network.relay.socketUrl}${address}`, protocol ? [protocol] : [])
  const told: Told[] = []
  socket.on('message', (data: Buffer) => told.push(JSON.parse(data.toString('utf8'))))
  await once(socket, 'open')
  const until = async (isEnough: (told: Told[]) => boolean) => {
    for (let i = 0; i < 1000 && !isEnough(told); i++) await new Promise((resolve) => setTimeout(resolve, 5))
    if (!isEnough(told)) throw new Error(`after ${told.length} messages: ${JSON.stringify(told.at(-1))}`)
    return told
  }
  return { socket, told, until }
}
type Told = {
  id: number
  kind: string
  time_us: number
  commit: { operation: string; rkey: string; collection: string; record: { name: string } }
  payload: {
    $type: string
    seq: number
    did: string
    operation: string
    rkey: string
    collection: string
    time: string
  }
  type: string
  record: { live: boolean; did: string; collection: string; rkey: string; action: string; record: object }
}

describe('the cast', () => {
  test('is there in seconds, with profiles, pictures, events and answers of all kinds', async () => {
    expect(seedingMs).toBeLessThan(15_000)
    expect(cast).toHaveLength(12)
    const maya = didOf('maya.test')
    const profile = await readProfileRecord(fetch, network.pds.url, maya)
    expect(profile).toMatchObject({ displayName: 'Maya Okafor', avatarCid: expect.any(String) })
    expect(await readProfileCounts(fetch, network.appView.url, maya)).toEqual({
      followers: expect.any(Number),
      following: expect.any(Number),
    })
    const events = (await Promise.all(cast.map(({ did }) => app.listRecords(did)))).flat()
    const isPast = ({ value }: { value: { [key: string]: unknown } }) =>
      String(value['startsAt']) < new Date().toISOString()
    expect(events.filter(isPast).length).toBeGreaterThan(8)
    expect(events.filter((event) => !isPast(event)).length).toBeGreaterThan(15)
    expect(new Set(events.map(({ value }) => value['timezone']))).toContain('Asia/Kolkata')
    const answers = (await Promise.all(cast.map(({ did }) => app.listRecords(did, rsvpCollection)))).flat()
    const statuses = new Set(answers.map(({ value }) => value['status']))
    for (const status of ['going', `${rsvpCollection}#going`, `${rsvpCollection}#notgoing`, 'maybe'])
      expect(statuses).toContain(status)
  })

  test('has pictures that load from the AppView', async () => {
    const url = new URL('/xrpc/app.bsky.actor.getProfiles?actors=sam.test&actors=nobody.test', network.appView.url)
    const { profiles } = (await (await fetch(url)).json()) as { profiles: { avatar: string; handle: string }[] }
    expect(profiles.map(({ handle }) => handle)).toEqual(['sam.test'])
    const picture = await fetch(profiles[0]?.avatar ?? '')
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
  })
})

describe('the relay', () => {
  test('gives our own Jetstream and firehose sources the same records in the same order', async () => {
    const { uri } = await app.createEvent(didOf('otto.test'), { name: 'Same for both' })
    await app.editEvent(uri, { name: 'The same for both' })
    await app.deleteRecord(uri)
    await app.createEvent(didOf('otto.test'), { name: 'End' })
    const fromJetstream = await readUntil(jetstream(), 0, 'End')
    const fromFirehose = await readUntil(firehose(), 0, 'End')
    expect(fromJetstream.length).toBeGreaterThan(200)
    expect(fromFirehose).toEqual(fromJetstream)
    const rkey = uri.split('/').at(-1)
    const actions = fromJetstream.filter((op) => op.rkey === rkey).map(({ action }) => action)
    expect(actions).toEqual(['create', 'update', 'delete'])
  })

  test('passes the PDS’s frames on byte for byte, and knows no cursor of the future', async () => {
    const collect = async (base: string) => {
      const socket = new WebSocket(`${base.replace('http:', 'ws:')}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`)
      const frames: string[] = []
      socket.on('message', (frame: Buffer) => frames.push(frame.toString('base64')))
      while (frames.length < 40) await new Promise((resolve) => setTimeout(resolve, 5))
      socket.terminate()
      return frames.slice(0, 40)
    }
    expect(await collect(network.relay.url)).toEqual(await collect(network.pds.url))
    const source = firehose()
    setTimeout(() => void app.createEvent(didOf('ezra.test'), { name: 'Anew' }), 200)
    for await (const { notices } of source.batches(1_000_000, AbortSignal.timeout(10_000))) {
      if (notices.length === 0) continue
      expect(notices).toMatchObject([{ reason: 'cursor-in-future', from: 1_000_000, restarts: true }])
      break
    }
  })

  test('tells a write within a moment, in strictly ascending time', async () => {
    const { until, told } = await connect('/subscribe?wantedCollections=community.lexicon.*')
    const took: number[] = []
    for (let i = 0; i < 20; i++) {
      const begun = performance.now()
      void app.createEvent(didOf('hank.test'), { name: `Quick ${i}` })
      await until((told) => told.some(({ commit }) => commit?.record?.name === `Quick ${i}`))
      took.push(performance.now() - begun)
    }
    const median = took.sort((a, b) => a - b)[10] ?? 0
    expect(median).toBeLessThan(250)
    const times = told.map(({ time_us }) => time_us)
    expect(times).toEqual(Array.from(new Set(times)).sort((a, b) => a - b))
  })

  test('filters as asked, waits for a hello, and takes new options', async () => {
    const dids = didOf('june.test')
    const { socket, told, until } = await connect(`/subscribe?cursor=0&requireHello=true&wantedDids=${dids}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told).toEqual([])
    const payload = { wantedCollections: [eventCollection], wantedDids: [dids], maxMessageSizeBytes: 0 }
    socket.send(JSON.stringify({ type: 'options_update', payload }))
    await until((told) => told.filter(({ kind }) => kind === 'commit').length >= 2)
    expect(new Set(told.filter(({ kind }) => kind === 'commit').map(({ commit }) => commit.collection))).toEqual(
      new Set([eventCollection]),
    )
    expect(told.map(({ kind }) => kind)).toContain('identity')
    socket.send('nonsense')
    const [code] = (await once(socket, 'close')) as [number]
    expect(code).toBe(1008)
  })

  test('speaks Jetstream v2: sequence, inclusive cursor, errors before and after the upgrade', async () => {
    const path = '/xrpc/network.bsky.jetstream.subscribeEvents'
    const first = await connect(`${path}?cursor=0&kinds=commit&collections=${eventCollection}`, 'xrpc.v1.json')
    const told = await first.until((told) => told.length > 20)
    expect(told[0]).toMatchObject({
      $type: 'message',
      payload: { $type: 'network.bsky.jetstream.subscribeEvents#commit' },
    })
    const seqs = told.map(({ payload }) => payload.seq)
    expect(seqs).toEqual(Array.from(new Set(seqs)).sort((a, b) => a - b))
    const again = await connect(`${path}?cursor=${seqs[3]}&kinds=commit&collections=${eventCollection}`)
    expect((await again.until((told) => told.length > 0))[0]?.payload.seq).toBe(seqs[3])
    first.socket.send('{}')
    await once(first.socket, 'close')
    await expect(connect(`${path}?kinds=nonsense`)).rejects.toThrow('400')
    await expect(connect('/elsewhere')).rejects.toThrow('404')
  })

  test('speaks Tap: the whole calendar of a repo first, then each change alone, until acknowledged', async () => {
    const noor = didOf('noor.test')
    const first = await connect('/channel')
    const isOfNoor = ({ record }: Told) => record?.did === noor
    await first.until((told) => told.filter(isOfNoor).length >= 20)
    const { uri } = await app.createEvent(noor, { name: 'After the history' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const history = first.told.filter(isOfNoor)
    expect(history.every(({ record }) => !record.live && record.action === 'create')).toBe(true)
    for (const { id } of first.told) first.socket.send(JSON.stringify({ type: 'ack', id }))
    const live = (await first.until((told) => told.filter(isOfNoor).length > history.length)).filter(isOfNoor).at(-1)
    expect(live).toMatchObject({ type: 'record', record: { live: true, rkey: uri.split('/').at(-1) } })
    first.socket.terminate()
    const second = await connect('/channel')
    expect((await second.until((told) => told.some(isOfNoor))).find(isOfNoor)?.id).toBe(live?.id)
    second.socket.terminate()
    const info = (await (await fetch(new URL(`/info/${noor}`, network.relay.url))).json()) as object
    expect(info).toMatchObject({ did: noor, handle: 'noor.test', state: 'active' })
  })

  test('lists the repos of a collection, page by page', async () => {
    const list = async (rest: string) => {
      const url = new URL(
        `/xrpc/com.atproto.sync.listReposByCollection?collection=${eventCollection}${rest}`,
        network.relay.url,
      )
      return (await (await fetch(url)).json()) as { repos: { did: string }[]; cursor?: string }
    }
    const all = await list('')
    const page = await list('&limit=5')
    const rest = await list(`&cursor=${page.cursor}`)
    expect([...page.repos, ...rest.repos]).toEqual(all.repos)
    expect(all.repos.map(({ did }) => did)).toContain(didOf('maya.test'))
    expect(rest.cursor).toBeUndefined()
  })

  test('tells a record once more when asked to', async () => {
    const { uri } = await app.createEvent(didOf('lila.test'), { name: 'Twice' })
    const { until } = await connect(`/subscribe?cursor=0&wantedCollections=${eventCollection}`)
    await until((told) => told.some(({ commit }) => commit?.record?.name === 'Twice'))
    expect(network.relay.replay(uri)).toBe(true)
    await until((told) => told.filter(({ commit }) => commit?.record?.name === 'Twice').length === 2)
    expect(network.relay.replay(`${uri}x`)).toBe(false)
  })
})

describe('the other app', () => {
  test('answers an event in one record, however often', async () => {
    const [event] = await app.listRecords(didOf('june.test'))
    const first = await app.answer(didOf('ezra.test'), event?.uri ?? '', 'going')
    const second = await app.answer(didOf('ezra.test'), event?.uri ?? '', 'notgoing')
    expect(second.uri).toBe(first.uri)
    expect((await app.readRecord(first.uri)).value).toMatchObject({
      subject: { uri: event?.uri, cid: event?.cid },
      status: `${rsvpCollection}#notgoing`,
    })
    await app.deleteRecord(first.uri)
    await expect(app.readRecord(first.uri)).rejects.toMatchObject({ code: 'RecordNotFound' })
  })
})

describe('the network', () => {
  test('keeps everything while its PDS is stopped and started, and its readers do not notice', async () => {
    const reading = readUntil(jetstream(), fromNow(), 'After the stop')
    const before = await app.listRecords(didOf('sam.test'))
    await network.pds.stop()
    expect(network.pds.isRunning).toBe(false)
    await expect(fetch(network.pds.url)).rejects.toThrow('fetch failed')
    await network.pds.start()
    expect(await app.listRecords(didOf('sam.test'))).toEqual(before)
    await app.createEvent(didOf('sam.test'), { name: 'After the stop' })
    expect((await reading).map(({ record }) => record?.['name'])).toEqual(['After the stop'])
  })

  test('comes back from its folder with the same people, records and cursors, and does not seed twice', async () => {
    const before = { cast, events: await app.listRecords(didOf('maya.test')) }
    const opsBefore = await readUntil(jetstream(), 0, 'After the stop')
    const cursor = fromNow()
    await network[Symbol.asyncDispose]()
    await open()
    expect(seedingMs).toBeLessThan(200)
    expect({ cast, events: await app.listRecords(didOf('maya.test')) }).toEqual(before)
    await app.createEvent(didOf('maya.test'), { name: 'In the next life' })
    const since = await readUntil(jetstream(), cursor, 'In the next life')
    expect(since).toHaveLength(1)
    expect((await readUntil(jetstream(), 0, 'After the stop')).length).toBeLessThanOrEqual(opsBefore.length)
  })

  test('names the port that is in use, and leaves nothing running', async () => {
    const ports = { pds: await findFreePort(), relay: Number(new URL(network.relay.url).port) }
    const elsewhere = path.join(dataDir, 'elsewhere')
    await expect(startNetwork({ ports, dataDir: elsewhere })).rejects.toThrow(`RELAY_PORT=${ports.relay} is in use`)
    await expect(fetch(`http://127.0.0.1:${ports.pds}/`)).rejects.toThrow('fetch failed')
    await expect(startNetwork({ ports: { pds: ports.pds + 1 }, dataDir: elsewhere })).rejects.toThrow(
      `its accounts live at port ${ports.pds}`,
    )
  })
})
