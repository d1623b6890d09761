import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import type { OtherApp } from '../../sandbox/other-app.ts'
import type { Db } from '../../src/db/database.ts'
import { type FaultyPds, faultKinds } from '../../testkit/faulty-pds.ts'
import type { Random } from './random.ts'

export type Field = 'name' | 'description'

/** What the PDS has ever carried out, by record and field: whoever wrote it. */
export class WrittenValues {
  readonly #values = new Set<string>()

  note(body: string): void {
    const { repo, collection, rkey, record } = JSON.parse(body) as {
      repo: string
      collection: string
      rkey: string
      record: Record<string, unknown>
    }
    for (const field of ['name', 'description'])
      this.#values.add(`at://${repo}/${collection}/${rkey} ${field} ${String(record[field])}`)
  }

  has(uri: string, field: Field, value: string): boolean {
    return this.#values.has(`${uri} ${field} ${value}`)
  }
}

/** Until `isOver`: now and then the next calls of somebody fail in one of the ways a PDS can fail. */
export async function keepFailing(
  faults: FaultyPds,
  { dids, random, isOver }: { dids: readonly string[]; random: Random; isOver: () => boolean },
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  while (!isOver()) {
    // What nobody met is over: most calls succeed.
    faults.heal()
    const fault = random.pick(faultKinds)
    faults.fail(fault, { did: random.pick(dids), times: 1 + random.below(3) })
    counts[fault] = (counts[fault] ?? 0) + 1
    await wait(20 + random.below(120))
  }
  faults.heal()
  return counts
}

/** Edits a field of an event in another app, which knows nothing of the platform; a fault of the PDS is met there, too. */
export async function editElsewhere(app: OtherApp, uri: string, change: Record<string, string>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const isDone = await app.editEvent(uri, change).then(
      () => true,
      () => false,
    )
    if (isDone) return
    await wait(50)
  }
}

export type Fate = 'written' | 'conflict' | 'waiting' | 'lost'

/** What has become of a value that was accepted here. */
export async function fateOf(
  db: Db,
  written: WrittenValues,
  { uri, field, value }: { uri: string; field: Field; value: string },
): Promise<Fate> {
  if (written.has(uri, field, value)) return 'written'
  const { rows } = await sql<{ inConflict: boolean; waits: boolean }>`
    select exists (
      select from conflicts c where c.uri = ${uri} and c.ours ->> ${field} = ${value} and ${field} = any(c.fields)
        and c.theirs ->> ${field} is not null) as "inConflict",
      exists (
        select from events e join records r using (uri) where e.uri = ${uri}
          and ${sql.ref(`e.${field}`)} = ${value} and r.sync_status <> 'IN_SYNC') as waits`.execute(db)
  if (rows[0]?.inConflict) return 'conflict'
  return rows[0]?.waits ? 'waiting' : 'lost'
}
