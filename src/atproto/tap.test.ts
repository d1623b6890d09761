import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeTap } from '../../testkit/fake-tap.ts'
import { type Reading, namesOf, quickTiming as timing, readSource, until } from '../../testkit/read-source.ts'
import { eventCollection } from './collections.ts'
import { addTapRepos, createTapSource } from './tap.ts'

const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
let tap: FakeTap
beforeEach(async () => {
  tap = await FakeTap.start()
})
afterEach(() => tap[Symbol.asyncDispose]())

const source = () => createTapSource({ url: tap.url, password: 'secret', timing })
const record = (rkey: string, extra: object = {}) => ({
  live: true,
  did,
  rev: '3mptaaaaaaaaa',
  collection: eventCollection,
  rkey,
  action: 'create',
  cid: 'bafy',
  record: { $type: eventCollection, name: rkey },
  ...extra,
})
const has = (...wanted: string[]) => ({
  isEnough: ({ ops }: Reading) => wanted.every((name) => namesOf(ops).includes(name)),
})

describe('Tap', () => {
  test('is told of a message only when its reader has come back for more', async () => {
    const id = tap.send('record', record('a'))
    const batches = source().batches(undefined, AbortSignal.timeout(10_000))[Symbol.asyncIterator]()
    let batch = await batches.next()
    while (batch.value?.messages.length === 0) batch = await batches.next()
    await new Promise((done) => setTimeout(done, 50))
    expect(tap.acknowledged).toEqual([])
    const next = batches.next()
    await until(() => tap.acknowledged.length > 0)
    expect(tap.acknowledged).toEqual([id])
    tap.send('record', record('b'))
    await next
    await batches.return?.()
  })

  test('gives what was not acknowledged again, to whoever reads next', async () => {
    tap.send('record', record('a'))
    await readSource(source(), has('a'))
    expect(tap.acknowledged).toEqual([])
    tap.send('record', record('b'))
    const { ops } = await readSource(source(), has('a', 'b'))
    expect(namesOf(ops)).toEqual(['a', 'b'])
  })

  test('is told on the next connection of what came on the last', async () => {
    const id = tap.send('record', record('a'))
    const reading = readSource(source(), {
      ...has('b'),
      onBatch: ({ messages }) => messages.length > 0 && tap.headers.length === 1 && tap.dropConnections(),
    })
    await until(() => tap.acknowledged.includes(id))
    expect(tap.headers.length).toBeGreaterThan(1)
    tap.send('record', record('b'))
    await reading
  })

  test('wants its password, for the channel and for repos', async () => {
    tap.send('record', record('a'))
    await readSource(source(), has('a'))
    expect(tap.headers[0]?.authorization).toBe(`Basic ${Buffer.from('admin:secret').toString('base64')}`)
    await addTapRepos({ url: tap.url, password: 'secret', fetch }, [did])
    expect(tap.added).toEqual([did])
    await expect(addTapRepos({ url: tap.url, password: 'wrong', fetch }, [did])).rejects.toThrow('401')
  })

  test('tells of people: both parts of one message are stored before it is acknowledged', async () => {
    const id = tap.send('identity', { did, handle: 'ana.test', is_active: false, status: 'deactivated' })
    const { ops, batches } = await readSource(source(), has('account'))
    expect(ops).toEqual([
      { kind: 'identity', did, handle: 'ana.test', time: expect.any(Date) },
      { kind: 'account', did, status: 'deactivated', time: expect.any(Date) },
    ])
    expect(batches.flatMap(({ messages }) => messages.map(({ cursor }) => cursor))).toEqual([0, id])
  })

  test('that tells a repo again says nothing of what was deleted: the repo is named once, before its records', async () => {
    tap.send('record', record('a', { live: false }))
    tap.send('record', record('b', { live: false }))
    tap.send('record', record('c'))
    expect(namesOf((await readSource(source(), has('c'))).ops)).toEqual(['sync', 'a', 'b', 'c'])
  })

  test('that leaves a record out has its repo read', async () => {
    tap.send('record', record('a', { record: undefined }))
    const { ops } = await readSource(source(), has('sync'))
    expect(ops).toEqual([
      { kind: 'sync', did, rev: '3mptaaaaaaaaa', time: expect.any(Date), reason: 'record-left-out' },
    ])
  })

  test('is told at once of what is not for us, and what cannot be read is put aside', async () => {
    const ids = [tap.send('record', record('p', { collection: 'app.bsky.feed.post' })), tap.send('label', {})]
    const reading = readSource(source(), has('end'))
    await until(() => tap.acknowledged.length === 2)
    tap.sendRaw('{')
    tap.sendRaw('{"type":"record"}')
    tap.send('record', record('x', { action: 'upsert' }))
    tap.send('identity', {})
    tap.send('record', record('end'))
    expect(namesOf((await reading).ops)).toEqual(['bad', 'bad', 'bad', 'bad', 'end'])
    expect(tap.acknowledged.slice(0, 2)).toEqual(ids)
  })
})
