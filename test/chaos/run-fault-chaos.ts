/**
 * People edit their events here and in another app at once, while their PDS fails by every class and the platform is
 * killed: `npm run chaos -- --faults [--people 50 --edits 1000 --kills 10 --seed N]`. Exits with 1 where an edit that was
 * accepted here is neither on the PDS, nor in a conflict with both values, nor visibly waiting; or a record is there twice.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startNetwork } from '../../sandbox/network.ts'
import { OtherApp } from '../../sandbox/other-app.ts'
import { findFreePort } from '../../sandbox/ports.ts'
import { signIn, signInAtSite } from '../../sandbox/sign-in-cast.ts'
import { eventCollection } from '../../src/atproto/collections.ts'
import { createLog } from '../../src/base/log.ts'
import { openDatabase } from '../../src/db/database.ts'
import { FaultyPds } from '../../testkit/faulty-pds.ts'
import { ChaosPlatform } from './chaos-platform.ts'
import { type Fate, type Field, WrittenValues, editElsewhere, fateOf, keepFailing } from './fault-edits.ts'
import { Random } from './random.ts'
import { type SiteActor, SiteEdits } from './site-edits.ts'

const { values } = parseArgs({
  options: {
    faults: { type: 'boolean' },
    people: { type: 'string', default: '50' },
    edits: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean' },
  },
})
const [peopleCount, edits, kills, seed] = [values.people, values.edits, values.kills, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]
const random = new Random(seed)
const startedAt = Date.now()
const say = (text: string) => console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${text}`)

await using stack = new AsyncDisposableStack()
const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-chaos-'))
stack.defer(() => rm(dataDir, { recursive: true, force: true }))
say(`seed ${seed}: ${peopleCount} people, ${edits} edits here and ${edits} elsewhere, ${kills} kills`)
const [pds, pdsBehind, port] = [await findFreePort(), await findFreePort(), String(await findFreePort())]
const faults = stack.use(await FaultyPds.start(pds, pdsBehind))
const written = new WrittenValues()
faults.onWritten = (body) => written.note(body)
const network = stack.use(await startNetwork({ ports: { pds, pdsBehind }, dataDir: join(dataDir, 'net') }))
const platform = new ChaosPlatform({
  PORT: port,
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  DATA_DIR: join(dataDir, 'site'),
  DATABASE_URL: '',
  ...network.env,
  LOG_LEVEL: 'error',
})
stack.defer(() => platform.kill('SIGTERM'))
await platform.start()
const { db } = stack.use(
  await openDatabase({ databaseUrl: undefined, dataDir: join(dataDir, 'site'), log: createLog({ level: 'error' }) }),
)
const app = new OtherApp(network.pds)
const site = new SiteEdits(platform.url)
const people: (SiteActor & { handle: string })[] = []
for (let n = 0; n < peopleCount; n++) {
  const handle = `chaos${n}.test`
  const did = await app.signUp(handle)
  const token = await signInAtSite(platform.url, db, { handle, did } as Parameters<typeof signInAtSite>[2])
  people.push({ handle, did, token, events: [], waiting: 0 })
}
say('everybody is signed in')

let isOver = false
const progress = setInterval(() => say(`${count} edits here, ${platform.kills} kills`), 5_000).unref()
let count = 0
const failing = keepFailing(faults, { dids: people.map(({ did }) => did), random, isOver: () => isOver })
for (const person of people) await site.create(person, `Of ${person.handle}`)
/** The latest value accepted here, by event and field: what a person typed over themselves is theirs to lose. */
const share = Math.ceil(edits / peopleCount)
async function edit(person: SiteActor): Promise<void> {
  for (let n = 0; n < share; n++) {
    await site.edit(person, { random, n: ++count })
    await wait(random.below(400))
  }
}
async function editThere({ events }: SiteActor): Promise<void> {
  for (let n = 0; n < share; n++) {
    const field: Field = random.below(2) === 0 ? 'name' : 'description'
    await editElsewhere(app, random.pick(events).uri, { [field]: `There ${seed} ${random.below(1e9)}` })
    await wait(random.below(400))
  }
}
async function keepKilling(): Promise<void> {
  while (platform.kills < kills && !isOver) {
    await wait(500 + random.below(2500))
    await platform.kill('SIGKILL')
    await platform.start()
  }
}
const killing = keepKilling()
await Promise.all(people.flatMap((person) => [edit(person), editThere(person)]))
isOver = true
clearInterval(progress)
await killing
const faultCounts = await failing
say('all is edited; the PDS works again, and everybody connects again and asks for what still waits')

for (const { handle } of people) await signIn(platform.url, handle)
for (let n = 0; n < 300; n++) {
  const open = await db
    .selectFrom('records')
    .select(['uri', 'did', 'sync_status'])
    .where('sync_status', 'in', ['NEEDS_SYNC', 'NEEDS_RECONNECT', 'SYNC_FAILED'])
    .execute()
  if (open.length === 0) break
  if (n % 20 === 0) for (const { uri } of open) await askToSync(uri)
  await wait(200)
}

async function askToSync(uri: string): Promise<void> {
  const person = people.find(({ did }) => uri.includes(did))
  const event = person?.events.find((one) => one.uri === uri)
  if (!person || !event) return
  const headers = { authorization: `Bearer ${person.token}` }
  await fetch(`${platform.url}/api/events/${event.slug}/sync`, { method: 'POST', headers })
}

const fates: Record<Fate, number> = { written: 0, conflict: 0, waiting: 0, lost: 0 }
const lost: string[] = []
for (const { uri, name, description } of people.flatMap(({ events }) => events))
  for (const [field, value] of [['name', name] as const, ['description', description] as const]) {
    const fate = await fateOf(db, written, { uri, field, value })
    fates[fate]++
    if (fate === 'lost') lost.push(`${uri}: ${field} ${value}`)
  }
const doubled: string[] = []
const differences: string[] = []
for (const { did, events } of people) {
  const records = await app.listRecords(did, eventCollection)
  if (records.length !== events.length) doubled.push(`${did}: ${records.length} records of ${events.length} events`)
  for (const { uri, cid } of records) {
    const known = await db
      .selectFrom('records')
      .select(['cid', 'sync_status'])
      .where('uri', '=', uri)
      .executeTakeFirst()
    if (known?.cid !== cid) differences.push(`${uri}: ${known?.cid} here (${known?.sync_status}), ${cid} there`)
  }
}
const conflicts = await db.selectFrom('conflicts').select('id').execute()
const report = {
  ...{
    seed,
    people: peopleCount,
    editsHere: count,
    kills: platform.kills,
    faults: faultCounts,
    writes: faults.countWrites(),
  },
  ...{ fates, conflicts: conflicts.length, lost, doubled, differences },
  seconds: Math.round((Date.now() - startedAt) / 1000),
}
console.log(values.json ? JSON.stringify(report) : report)
const isRight = lost.length + doubled.length + differences.length === 0
say(
  isRight
    ? 'every edit is on the PDS, in a conflict or visibly waiting; no record is there twice'
    : 'something is wrong',
)
process.exitCode = isRight ? 0 : 1
