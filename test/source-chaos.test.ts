import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Network, startNetwork } from '../sandbox/network.ts'
import { OtherApp } from '../sandbox/other-app.ts'
import { findFreePort } from '../sandbox/ports.ts'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { jetstreamV2Path } from '../src/atproto/jetstream-v2.ts'
import { listGaps } from '../src/ingest/gap-store.ts'
import { RoleProcess } from '../testkit/role-process.ts'
import { type TestDb, openTestDb } from '../testkit/test-db.ts'

const stack = new AsyncDisposableStack()
let network: Network
let open: TestDb
let app: OtherApp
let dids: string[]
let base: Record<string, string>

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-sources-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  network = stack.use(await startNetwork({ ports: { pds: await findFreePort() }, dataDir: join(dataDir, 'net') }))
  open = stack.use(await openTestDb())
  app = new OtherApp(network.pds)
  dids = await Promise.all(['ana', 'ben', 'eva'].map((name) => app.signUp(`${name}.test`)))
  const { plcUrl, pdsUrl, relayUrl, appviewUrl } = network.urls
  base = {
    PUBLIC_URL: 'http://127.0.0.1:3999',
    DATABASE_URL: open.url,
    DATA_DIR: join(dataDir, 'site'),
    PLC_URL: plcUrl,
    HANDLE_RESOLVER_URL: pdsUrl,
    RELAY_URL: relayUrl,
    APPVIEW_URL: appviewUrl,
    ALLOW_PRIVATE_NETWORK: 'true',
    AMQP_URL: '',
  }
})
afterAll(() => stack.disposeAsync())

/** The sources in turn, as the environment names them. */
function sources(): Record<string, string>[] {
  const { relayUrl, pdsUrl } = network.urls
  const socket = relayUrl.replace('http', 'ws')
  return [
    { SOURCE: 'jetstream', JETSTREAM_URLS: socket },
    { SOURCE: 'firehose', FIREHOSE_URL: socket },
    { SOURCE: 'tap', TAP_URL: relayUrl },
    { SOURCE: 'jetstream', JETSTREAM_URLS: `${socket}${jetstreamV2Path}` },
    { SOURCE: 'firehose', FIREHOSE_URL: pdsUrl.replace('http', 'ws') },
    { SOURCE: 'tap', TAP_URL: relayUrl },
  ]
}

/** People write, change and delete until told to stop. Returns how much they did. */
async function live(isOver: () => boolean): Promise<number> {
  const uris: string[] = []
  let count = 0
  while (!isOver()) {
    const did = dids[count % dids.length] ?? ''
    const uri = uris[(count * 7) % Math.max(1, uris.length)]
    if (count % 5 === 4 && uri !== undefined) {
      await app.deleteRecord(uri)
      uris.splice(uris.indexOf(uri), 1)
    } else if (count % 3 === 2 && uri !== undefined)
      await app.answer(did, uri, count % 2 === 0 ? 'going' : 'interested')
    else if (count % 3 === 1 && uri !== undefined) await app.editEvent(uri, { name: `Edited ${count}` })
    else uris.push((await app.createEvent(did, { name: `Event ${count}` })).uri)
    count++
    await new Promise((done) => setTimeout(done, 20))
  }
  return count
}

async function there(): Promise<string[]> {
  const lists = dids.flatMap((did) => [eventCollection, rsvpCollection].map((kind) => app.listRecords(did, kind)))
  return (await Promise.all(lists))
    .flat()
    .map(({ uri, cid }) => `${uri} ${cid}`)
    .toSorted()
}

async function here(): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select uri || ' ' || cid as line from records where not deleted`.execute(open.db)
  return rows.map(({ line }) => line).toSorted()
}

test(
  'killed at any moment and started with another source, nothing is lost and nothing is left',
  { timeout: 180_000 },
  async () => {
    let isOver = false
    const living = live(() => isOver)
    for (const [i, source] of sources().entries()) {
      const ingest = await RoleProcess.start('ingest', { ...base, ...source })
      await new Promise((done) => setTimeout(done, 300 + ((i * 377) % 900)))
      await ingest.kill()
    }
    isOver = true
    expect(await living).toBeGreaterThan(50)
    await using _ = await RoleProcess.start('ingest', { ...base, ...sources()[0] })
    await expect.poll(here, { timeout: 60_000, interval: 100 }).toEqual(await there())
    const names = await open.db.selectFrom('events').select('uri').execute()
    const events = (await there()).filter((line) => line.includes(`/${eventCollection}/`))
    expect(names.flatMap(({ uri }) => uri ?? []).toSorted()).toEqual(events.map((line) => line.split(' ')[0]))
    const unhealed = async () => (await listGaps(open.db, 100)).filter(({ state }) => state !== 'healed')
    await expect.poll(unhealed, { timeout: 60_000, interval: 100 }).toEqual([])
    expect(await open.db.selectFrom('dead_letters').selectAll().execute()).toEqual([])
  },
)
