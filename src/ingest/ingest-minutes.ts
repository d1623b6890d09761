import { sql } from 'kysely'
import { errorText } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/database.ts'
import { notify } from '../db/notify.ts'

export type MinuteCounts = { ops: number; applied: number; deadLettered: number }
export type IngestMinute = MinuteCounts & {
  source: string
  minute: Date
  host: string
  lagMs: number | null
  writtenAt: Date
}

const everyMs = 10_000
const minuteMs = 60_000

/** Counts a source's ops by the minute and writes them down now and then, for the plot: who reads may be another process. */
export class IngestMinutes implements AsyncDisposable {
  readonly #db: Db
  readonly #source: string
  readonly #log: Log
  readonly #timer: NodeJS.Timeout
  #counts: MinuteCounts = { ops: 0, applied: 0, deadLettered: 0 }
  #host = ''
  #lagMs: number | undefined
  #writing: Promise<void>

  constructor({ db, source, log }: { db: Db; source: string; log: Log }) {
    this.#db = db
    this.#source = source
    this.#log = log
    this.#writing = this.#write()
    this.#timer = setInterval(() => this.flush(), everyMs)
  }

  add(
    { ops, applied, deadLettered }: MinuteCounts,
    { host, lagMs }: { host: string; lagMs: number | undefined },
  ): void {
    this.#counts.ops += ops
    this.#counts.applied += applied
    this.#counts.deadLettered += deadLettered
    this.#host = host
    this.#lagMs = lagMs ?? this.#lagMs
  }

  flush(): void {
    this.#writing = this.#writing.then(() => this.#write())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.flush()
    await this.#writing
  }

  /** Also where nothing was counted: a minute without a row is one in which nobody read. */
  async #write(): Promise<void> {
    const { ops, applied, deadLettered } = this.#counts
    this.#counts = { ops: 0, applied: 0, deadLettered: 0 }
    try {
      await sql`
        insert into ingest_minutes as m (source, minute, host, ops, applied, dead_lettered, lag_ms)
        values (${this.#source}, date_trunc('minute', now()), ${this.#host}, ${ops}, ${applied}, ${deadLettered},
          ${this.#lagMs ?? null})
        on conflict (source, minute) do update set
          host = excluded.host, ops = m.ops + excluded.ops, applied = m.applied + excluded.applied,
          dead_lettered = m.dead_lettered + excluded.dead_lettered, lag_ms = excluded.lag_ms, written_at = now()`.execute(
        this.#db,
      )
      await sql`delete from ingest_minutes where minute < now() - interval '25 hours'`.execute(this.#db)
      await notify(this.#db, 'live', 'ingest')
    } catch (error) {
      this.#log.warn('how reading goes was not written down', { source: this.#source, error: errorText(error) })
    }
  }
}

/** The last hours, oldest first, of all sources. */
export async function listMinutes(db: Db, since: Date): Promise<IngestMinute[]> {
  const { rows } = await sql<IngestMinute>`
    select source, minute, host, ops, applied, dead_lettered as "deadLettered", lag_ms as "lagMs",
      written_at as "writtenAt"
    from ingest_minutes where minute >= ${since} order by minute, source`.execute(db)
  return rows
}

/** Whether somebody reads: a row that is this old means that nobody does. */
export function isReading({ writtenAt }: IngestMinute, now: Date): boolean {
  return now.getTime() - writtenAt.getTime() < 3 * everyMs + minuteMs / 2
}
