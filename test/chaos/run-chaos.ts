/**
 * Kills the platform (SIGKILL) at random moments while another app writes to the PDS and people edit here, then compares
 * the two: `npm run chaos [-- --kills 50 --ops 2000 --edits 200 --accounts 20 --seed N]`. Exits with 1 where they differ.
 * `--amqp URL`: ops go through that RabbitMQ; `--broker-kills N`: through one of its own, which is killed too.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startNetwork } from '../../sandbox/network.ts'
import { OtherApp } from '../../sandbox/other-app.ts'
import { findFreePort } from '../../sandbox/ports.ts'
import { signInAtSite } from '../../sandbox/sign-in-cast.ts'
import { createLog } from '../../src/base/log.ts'
import { type Db, openDatabase } from '../../src/db/database.ts'
import { PrivateBroker } from '../../testkit/private-broker.ts'
import { openTestBroker } from '../../testkit/test-broker.ts'
import { compare } from './compare.ts'
import { ChaosPlatform } from './chaos-platform.ts'
import { type NetworkActor, doNetworkOp } from './network-ops.ts'
import { Random } from './random.ts'
import { type SiteActor, SiteEdits } from './site-edits.ts'

// With a PDS that fails: another script, on the same platform and network.
if (process.argv.includes('--faults')) {
  await import('./run-fault-chaos.ts')
  process.exit()
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    ops: { type: 'string', default: '2000' },
    edits: { type: 'string', default: '200' },
    accounts: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    amqp: { type: 'string' },
    'broker-kills': { type: 'string', default: '0' },
    json: { type: 'boolean' },
  },
})
const [kills, ops, edits, accounts, seed] = [values.kills, values.ops, values.edits, values.accounts, values.seed].map(
  Number,
) as [number, number, number, number, number]
const brokerKills = Number(values['broker-kills'])
const random = new Random(seed)
const startedAt = Date.now()
const say = (text: string) => console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${text}`)

await using stack = new AsyncDisposableStack()
const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-chaos-'))
stack.defer(() => rm(dataDir, { recursive: true, force: true }))
say(`seed ${seed}: ${kills} kills, ${accounts} accounts, ${ops} ops on the PDS, ${edits} edits here`)
const network = stack.use(await startNetwork({ ports: { pds: await findFreePort() }, dataDir: join(dataDir, 'net') }))
const server = brokerKills > 0 ? stack.use(await PrivateBroker.start()) : undefined
const amqp = server?.url ?? values.amqp
const broker = amqp === undefined ? undefined : stack.use(await openTestBroker({ url: amqp }))
const port = String(await findFreePort())
const platform = new ChaosPlatform({
  PORT: port,
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  DATA_DIR: join(dataDir, 'site'),
  DATABASE_URL: '',
  ...network.env,
  LOG_LEVEL: 'error',
  AMQP_URL: '',
  ...broker?.env,
})
stack.defer(() => platform.kill('SIGTERM'))
await platform.start()
const database = stack.use(
  await openDatabase({ databaseUrl: undefined, dataDir: join(dataDir, 'site'), log: createLog({ level: 'error' }) }),
)
const { db } = database

const app = new OtherApp(network.pds)
const actors: NetworkActor[] = []
const people: SiteActor[] = []
for (let n = 0; n < accounts; n++) {
  const handle = `chaos${n}.test`
  const did = await app.signUp(handle)
  const token = await signInAtSite(platform.url, db, { handle, did } as Parameters<typeof signInAtSite>[2])
  actors.push({ did, events: [], answers: new Map() })
  people.push({ did, token, events: [], waiting: 0 })
}
say('everybody is signed in')

let opsDone = 0
let editsDone = 0
const siteEdits = new SiteEdits(platform.url)

async function writeOnPds(actor: NetworkActor, share: number): Promise<void> {
  for (let n = 0; n < share; n++) {
    await doNetworkOp({ app, actors, random }, actor, ++opsDone)
    await wait(random.below(2 * paceMs))
  }
}
async function editHere(person: SiteActor, share: number): Promise<void> {
  for (let n = 0; n < share; n++) {
    const id = ++editsDone
    if (person.events.length === 0 || random.below(4) === 0) await siteEdits.create(person, `Made here ${id}`)
    else await siteEdits.edit(person, { random, n: id })
    await wait(random.below(2 * paceMs))
  }
}
async function keepKilling(isOver: () => boolean): Promise<void> {
  while (platform.kills < kills || !isOver()) {
    await wait(100 + random.below(1500))
    if (platform.kills >= kills) continue
    await platform.kill('SIGKILL')
    say(`kill ${platform.kills}: ${opsDone} ops on the PDS, ${editsDone} edits here`)
    await platform.start()
    if (server && server.kills * kills < platform.kills * brokerKills) await killBroker(server)
  }
}
/** While the platform runs: it does not start without its broker. */
async function killBroker(server: PrivateBroker): Promise<void> {
  await wait(random.below(1500))
  await server.kill()
  say(`kill ${server.kills} of the broker`)
  await server.restart()
}

// So that ops and edits last about as long as the kills do.
const paceMs = Math.max(1, (kills * 4500 * accounts) / (ops + edits))
let writing = true
const work = Promise.all([
  ...actors.map((actor) => writeOnPds(actor, Math.ceil(ops / accounts))),
  ...people.map((person) => editHere(person, Math.ceil(edits / accounts))),
]).finally(() => (writing = false))
await Promise.all([work, keepKilling(() => !writing)])
say('all is written; waiting until nothing waits')

await untilSettled(db)
const result = await compare(
  db,
  app,
  actors.map(({ did }) => did),
  people,
)
const made = people.reduce((sum, { events }) => sum + events.length, 0)
const report = {
  seed,
  kills: platform.kills,
  brokerKills: server?.kills ?? 0,
  opsOnPds: opsDone,
  editsHere: editsDone,
  eventsMadeHere: made,
  requestsRepeated: siteEdits.retries,
  ...result,
  seconds: Math.round((Date.now() - startedAt) / 1000),
}
console.log(values.json ? JSON.stringify(report) : report)
const isRight = result.differences.length + result.lost.length + result.doubled.length === 0
say(isRight ? 'platform = PDS, nothing lost, nothing written twice' : 'they differ')
process.exitCode = isRight ? 0 : 1

/** The outbox is empty, and markers written last of all, one a repo, have come back from the network. */
async function untilSettled(db: Db): Promise<void> {
  const markers: string[] = []
  for (const actor of actors) {
    const { uri } = await app.createEvent(actor.did, { name: 'Marker' })
    actor.events.push(uri)
    markers.push(uri)
  }
  for (let n = 0; n < 1200; n++) {
    const seen = await db.selectFrom('events').select('id').where('uri', 'in', markers).execute()
    const waiting = await db.selectFrom('outbox').select('uri').executeTakeFirst()
    if (seen.length === markers.length && !waiting) return
    await wait(100)
  }
  say('it never came to rest')
}
