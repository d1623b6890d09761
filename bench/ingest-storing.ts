import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { SourceMessage } from '../src/atproto/record-op.ts'
import { type Db, openDatabase } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import { dispatchBatch } from '../src/ingest/dispatch.ts'
import { eventOp, eventUri, rsvpOp } from '../testkit/calendar-ops.ts'
import { silentLog } from '../testkit/silent-log.ts'
import { median, printTable } from './ratios.ts'

/** As a source hands them over. */
const batchSize = 100
const batches = 30

/**
 * Storing ops with all that follows (record, event or answer, counts, cursor), one transaction per batch of 100, as the
 * tables grow. The time is the wall's: most of the work is the database's.
 */
export async function benchStoring(sizes: readonly number[]): Promise<void> {
  const rows: string[][] = []
  const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-bench-'))
  try {
    rows.push(['embedded', ...(await measure({ dataDir, databaseUrl: undefined }, sizes))])
    const external = process.env['DATABASE_URL']
    if (external) rows.push(['DATABASE_URL', ...(await measure({ dataDir, databaseUrl: external }, sizes))])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
  const head = sizes.map((size) => `µs per op at ${size.toLocaleString('en')} records`)
  printTable(['storing an op', ...head, 'slope'], rows)
}

type Target = { dataDir: string; databaseUrl: string | undefined }

async function measure({ dataDir, databaseUrl }: Target, sizes: readonly number[]): Promise<string[]> {
  const name = `openmeet_bench_${process.pid}`
  const url = databaseUrl && (await createDatabase(databaseUrl, name, dataDir))
  try {
    await using database = await openDatabase({ databaseUrl: url, dataDir, log: silentLog })
    await migrate(database.db)
    const micros: number[] = []
    for (const size of sizes) {
      await fill(database.db, size)
      micros.push(await measureAt(database.db, size))
      console.error(`${size} records: ${micros.at(-1)?.toFixed(0)} µs per op`)
    }
    return [...micros.map((value) => value.toFixed(0)), `${((micros.at(-1) ?? 0) / (micros[0] ?? 0)).toFixed(2)} ×`]
  } finally {
    if (databaseUrl) await run(databaseUrl, dataDir, `drop database ${name} with (force)`)
  }
}

async function createDatabase(databaseUrl: string, name: string, dataDir: string): Promise<string> {
  await run(databaseUrl, dataDir, `create database ${name}`)
  return databaseUrl.replace(/^(\w+:\/\/[^/?]*)\/?[^?]*/, `$1/${name}`)
}

async function run(databaseUrl: string, dataDir: string, statement: string): Promise<void> {
  await using database = await openDatabase({ databaseUrl, dataDir, log: silentLog })
  await sql.raw(statement).execute(database.db)
}

/** Medians of batches: a third events that are new, a third answers, a third changes of events. */
async function measureAt(db: Db, size: number): Promise<number> {
  const took: number[] = []
  for (let b = -3; b < batches; b++) {
    const messages = Array.from({ length: batchSize }, (_, i) => toMessage(size, (b + 3) * batchSize + i))
    const startedAt = performance.now()
    const { applied } = await take(db, messages, size * 10 + b + 3)
    if (applied !== batchSize) throw new Error(`${applied} of ${batchSize} ops were new`)
    if (b >= 0) took.push(((performance.now() - startedAt) * 1000) / batchSize)
  }
  return median(took)
}

const take = (db: Db, messages: SourceMessage[], cursor: number) =>
  dispatchBatch({ db, log: silentLog, publicUrl: 'https://meet.example.org' }, 'bench', {
    messages,
    cursor,
    host: 'bench',
  })

function toMessage(size: number, n: number): SourceMessage {
  const author = didOf(n % 997)
  const made = { did: author, rkey: `m${size}x${n}`, n: n + 1 }
  if (n % 3 === 0) return { cursor: n, op: eventOp(made) }
  const filled = n % 300
  const subject = eventUri(didOf(filled % 1000), `f${filled}`)
  if (n % 3 === 1) return { cursor: n, op: rsvpOp(made, subject) }
  const known = 301 + n - (n % 3)
  return {
    cursor: n,
    op: eventOp({ did: didOf(known % 1000), rkey: `f${known}`, n: size + n }, { name: `Changed ${n}` }),
  }
}

function didOf(n: number): string {
  return `did:plc:${n
    .toString(32)
    .padStart(24, 'a')
    .replaceAll(/[0189]/g, 'z')}`
}

/** Two thirds events and one third answers, by the road that all take. */
async function fill(db: Db, size: number): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*)::int4 as count from records`.execute(db)
  const step = 1_000
  for (let from = rows[0]?.count ?? 0; from < size; from += step) {
    const messages = Array.from({ length: Math.min(step, size - from) }, (_, i): SourceMessage => {
      const n = from + i
      const address = { did: didOf(n % 1000), rkey: `f${n}`, n: 1 }
      const op = n < 300 || n % 3 > 0 ? eventOp(address) : rsvpOp(address, eventUri(didOf(n % 300), `f${n % 300}`))
      return { cursor: n, op: { ...op, live: false } }
    })
    await take(db, messages, from + 1)
  }
  await sql`analyze`.execute(db)
}
