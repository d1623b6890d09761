import { sql } from 'kysely'
import type { OtherApp } from '../../sandbox/other-app.ts'
import type { Db } from '../../src/db/database.ts'
import { readEventRecord } from '../../src/events/event-record.ts'
import { readRsvpRecord } from '../../src/rsvps/rsvp-record.ts'
import { collections } from './network-ops.ts'
import type { SiteActor } from './site-edits.ts'

export type Comparison = {
  records: number
  events: number
  answers: number
  /** Differences between the PDS and the platform, in words. */
  differences: string[]
  /** Edits accepted here that are neither in the record nor kept as a conflict. */
  lost: string[]
  /** Events that were made twice. */
  doubled: string[]
}

/** What is on the PDS, and what the platform says of it: the records, the events and the answers that follow from them. */
export async function compare(
  db: Db,
  app: OtherApp,
  dids: readonly string[],
  here: readonly SiteActor[],
): Promise<Comparison> {
  const onPds = new Map<string, { cid: string; value: Record<string, never>; did: string }>()
  for (const did of dids)
    for (const collection of collections)
      for (const { uri, cid, value } of await app.listRecords(did, collection))
        onPds.set(uri, { cid, value: value as Record<string, never>, did })
  const ledger = await db.selectFrom('records').select(['uri', 'cid', 'deleted', 'sync_status']).execute()
  const events = await db.selectFrom('events').select(['uri', 'name', 'description', 'hidden_reason']).execute()
  const { rows: answers } = await sql<{ key: string; status: string }>`
    select e.uri || ' ' || a.did as key, r.status from rsvps r
    join events e on e.id = r.event_id join accounts a on a.id = r.account_id`.execute(db)
  const differences: string[] = []
  const say = (what: string) => differences.push(what)

  const known = new Map(ledger.filter(({ deleted }) => !deleted).map((row) => [row.uri, row]))
  for (const [uri, { cid }] of onPds)
    if (known.get(uri)?.cid !== cid) say(`${uri}: ${known.get(uri)?.cid} here, ${cid} there`)
  for (const [uri, { sync_status: status }] of known) {
    if (!onPds.has(uri)) say(`${uri} is here only`)
    if (status !== null && status !== 'IN_SYNC') say(`${uri} is ${status}`)
  }
  const eventUris = [...onPds.keys()].filter((uri) => uri.includes('.event/'))
  const byUri = new Map(events.map((event) => [event.uri, event]))
  for (const uri of eventUris) {
    const { details } = readEventRecord(onPds.get(uri)?.value ?? {}, '')
    const row = byUri.get(uri)
    if (row?.name !== details.name || row.description !== details.description)
      say(`${uri}: the event says something else`)
  }
  for (const { uri } of events) if (uri === null || !onPds.has(uri)) say(`event ${uri} has no record`)

  const wanted = expectedAnswers(onPds)
  const given = new Map(answers.map(({ key, status }) => [key, status]))
  for (const [key, status] of wanted)
    if (given.get(key) !== status) say(`answer ${key}: ${given.get(key)} here, ${status} there`)
  for (const key of given.keys()) if (!wanted.has(key)) say(`answer ${key} is here only`)

  const lost = here.flatMap((actor) =>
    actor.events.flatMap(({ uri, name, description }) => {
      const value: Record<string, unknown> = onPds.get(uri)?.value ?? {}
      return [
        ...(value['name'] === name ? [] : [`${uri}: name ${String(value['name'])}, accepted ${name}`]),
        ...(value['description'] === description ? [] : [`${uri}: description`]),
      ]
    }),
  )
  const made = here.flatMap((actor) => actor.events.map(({ uri }) => uri))
  const doubled = made.filter((uri, i) => made.indexOf(uri) !== i)
  return { records: onPds.size, events: eventUris.length, answers: wanted.size, differences, lost, doubled }
}

/** One person, one answer: of events that are there, the newest record. */
function expectedAnswers(onPds: Map<string, { value: Record<string, never>; did: string }>): Map<string, string> {
  const newest = new Map<string, { at: number; status: string }>()
  for (const [uri, { value, did }] of onPds) {
    const reading = uri.includes('.rsvp/') ? readRsvpRecord(value, uri.split('/').at(-1) ?? '').details : undefined
    if (!reading || !onPds.has(reading.subjectUri)) continue
    const key = `${reading.subjectUri} ${did}`
    const at = reading.answeredAt.getTime()
    if (at >= (newest.get(key)?.at ?? 0)) newest.set(key, { at, status: reading.status })
  }
  return new Map([...newest].map(([key, { status }]) => [key, status]))
}
