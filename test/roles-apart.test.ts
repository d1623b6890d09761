import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Network, startNetwork } from '../sandbox/network.ts'
import { OtherApp } from '../sandbox/other-app.ts'
import { findFreePort } from '../sandbox/ports.ts'
import { signInAtSite } from '../sandbox/sign-in-cast.ts'
import { RoleProcess } from '../testkit/role-process.ts'
import { amqpUrl, openTestBroker } from '../testkit/test-broker.ts'
import { type TestDb, openTestDb } from '../testkit/test-db.ts'

const soon = { timeout: 15_000, interval: 20 }
const stack = new AsyncDisposableStack()

let open: TestDb
let network: Network
let app: OtherApp
let env: Record<string, string>
let url: string
let [web, worker, ingest]: RoleProcess[] = []

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-roles-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  network = stack.use(await startNetwork({ ports: { pds: await findFreePort() }, dataDir: join(dataDir, 'net') }))
  open = stack.use(await openTestDb())
  const broker = amqpUrl === undefined ? undefined : stack.use(await openTestBroker())
  app = new OtherApp(network.pds)
  const port = await findFreePort()
  url = `http://127.0.0.1:${port}`
  env = {
    ...toEnv(network),
    ...broker?.env,
    PORT: String(port),
    PUBLIC_URL: url,
    DATABASE_URL: open.url,
    DATA_DIR: join(dataDir, 'site'),
  }
  const started = await Promise.all(['web', 'worker', 'ingest'].map((roles) => RoleProcess.start(roles, env)))
  for (const one of started) stack.use(one)
  ;[web, worker, ingest] = started
})
afterAll(() => stack.disposeAsync())

function toEnv({ urls }: Network): Record<string, string> {
  return {
    PLC_URL: urls.plcUrl,
    HANDLE_RESOLVER_URL: urls.pdsUrl,
    JETSTREAM_URLS: urls.relayUrl.replace('http', 'ws'),
    FIREHOSE_URL: urls.pdsUrl.replace('http', 'ws'),
    RELAY_URL: urls.relayUrl,
    APPVIEW_URL: urls.appviewUrl,
    ALLOW_PRIVATE_NETWORK: 'true',
    LOG_LEVEL: 'info',
  }
}

/** Somebody who has signed in on the pages of the web process, and their program. */
async function signIn(name: string) {
  const handle = `${name}.test`
  const did = await app.signUp(handle)
  const token = await signInAtSite(url, open.db, { handle, did } as Parameters<typeof signInAtSite>[2])
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(new URL(path, url), { method, headers, ...(body && { body: JSON.stringify(body) }) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { slug: string; name: string; sync: { status: string } }
  }
  return { did, call }
}

const eventOf = (slug: string) =>
  open.db.selectFrom('events').selectAll().where('slug', '=', slug).executeTakeFirstOrThrow()

/** What a page that shows this event is told from now on. */
async function watch(topic: string) {
  const stop = new AbortController()
  const response = await fetch(new URL(`/live?topic=${topic}`, url), { signal: stop.signal })
  let heard = ''
  const reading = (async () => {
    for await (const chunk of response.body ?? []) heard += Buffer.from(chunk as Uint8Array).toString()
  })().catch(() => {})
  return {
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reading
    },
  }
}

test('an event goes out by the worker, its edit comes in by the ingest, and the page of the web is told', async () => {
  const ana = await signIn('ana')
  const { slug } = await ana.call('POST', '/api/events', { name: 'Apart', startsAt: '2027-03-01T18:00:00Z' })
  const { id, uri } = await eventOf(slug)
  await expect
    .poll(
      () =>
        app.readRecord(uri ?? '').then(
          ({ value }) => value['name'],
          () => '',
        ),
      soon,
    )
    .toBe('Apart')
  const find = () => ana.call('GET', `/api/events/${slug}`)
  await expect.poll(async () => (await find()).sync.status, soon).toBe('IN_SYNC')
  await using page = await watch(`event:${id}`)
  await app.editEvent(uri ?? '', { name: 'Edited elsewhere' })
  await expect.poll(page.heard, soon).toContain(`event:${id}`)
  await expect.poll(async () => (await find()).name, soon).toBe('Edited elsewhere')
})

test('a second process that reads stands by, and goes on where the first was killed', async () => {
  const ben = await signIn('ben')
  const second = stack.use(await RoleProcess.start('ingest', env))
  const { uri } = await app.createEvent(ben.did, { name: 'One', startsAt: '2027-03-02T18:00:00Z' })
  const nameOf = () =>
    open.db
      .selectFrom('events')
      .select('name')
      .where('uri', '=', uri)
      .executeTakeFirst()
      .then((row) => row?.name)
  await expect.poll(nameOf, soon).toBe('One')
  expect([ingest?.hasSaid('reading'), second.hasSaid('reading')]).toEqual([true, false])
  await ingest?.kill()
  await app.editEvent(uri, { name: 'Two' })
  await expect.poll(nameOf, soon).toBe('Two')
  expect(second.hasSaid('reading')).toBe(true)
  expect(await second.end()).toBe(0)
})

test('each ends when it is asked to, and leaves no connection behind', async () => {
  expect(await Promise.all([web?.end(), worker?.end()])).toEqual([0, 0])
  const { rows } = await sql`
    select application_name from pg_stat_activity
    where datname = current_database() and application_name in ('openmeet-listen', 'openmeet-lead', 'pgboss')
  `.execute(open.db)
  expect(rows).toEqual([])
})
