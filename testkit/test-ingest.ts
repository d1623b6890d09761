import { sql } from 'kysely'
import type { Op } from '../src/atproto/record-op.ts'
import type { Db } from '../src/db/database.ts'
import { type Batch, type DispatchDeps, dispatchBatch } from '../src/ingest/dispatch.ts'
import type { Tally } from '../src/ingest/tally.ts'
import { toMessages } from './calendar-ops.ts'
import { silentLog } from './silent-log.ts'
import { type TestDb, openTestDb } from './test-db.ts'

/** Takes what a source would bring, and looks at what came of it. */
export class TestIngest implements AsyncDisposable {
  readonly open: TestDb
  readonly #deps: DispatchDeps

  private constructor(open: TestDb) {
    this.open = open
    this.#deps = { db: open.db, log: silentLog, publicUrl: 'https://meet.example.org' }
  }

  static async start(): Promise<TestIngest> {
    return new TestIngest(await openTestDb())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.open[Symbol.asyncDispose]()
  }

  get db(): Db {
    return this.open.db
  }

  /** A batch without a cursor. */
  async take(...ops: Op[]): Promise<Tally> {
    return dispatchBatch(this.#deps, 'test', { messages: toMessages(ops) })
  }

  async takeAt(cursor: number, batch: Partial<Batch> = {}): Promise<Tally> {
    return dispatchBatch(this.#deps, 'test', { messages: [], cursor, host: 'a', ...batch })
  }

  async forgetAll(): Promise<void> {
    await sql`
      truncate accounts, records, outbox, rsvp_records, dead_letters, cursors, conflicts, source_notices cascade
    `.execute(this.db)
  }

  async events() {
    return this.db.selectFrom('events').selectAll().orderBy('uri').execute()
  }

  async event(uri: string) {
    return (await this.events()).find((row) => row.uri === uri)
  }

  async ledger(uri: string) {
    return this.db.selectFrom('records').selectAll().where('uri', '=', uri).executeTakeFirst()
  }

  async accounts() {
    return this.db.selectFrom('accounts').select(['did', 'claimed_at', 'repo_status']).orderBy('did').execute()
  }

  /** `did status rkey` of each answer to an event. */
  async answers(uri: string): Promise<string[]> {
    const { rows } = await sql<{ text: string }>`
      select concat_ws(' ', a.did, r.status, split_part(r.uri, '/', 5)) as text
      from rsvps r join events e on e.id = r.event_id join accounts a on a.id = r.account_id
      where e.uri = ${uri} order by a.did`.execute(this.db)
    return rows.map(({ text }) => text)
  }

  /** Everything the tables say, times and all. */
  async dump(): Promise<unknown> {
    const tables = ['accounts', 'records', 'events', 'rsvp_records', 'rsvps', 'dead_letters', 'outbox']
    return Promise.all(
      tables.map(async (table) => (await sql`select * from ${sql.table(table)} order by 1`.execute(this.db)).rows),
    )
  }
}
