import { eventCollection } from '../src/atproto/collections.ts'
import type { RecordOp } from '../src/atproto/record-op.ts'
import { Temporal } from 'temporal-polyfill'
import type { Db } from '../src/db/database.ts'
import { type PersonView, toPerson } from '../src/web/view/person-view.ts'
import type { CastAccount } from './cast.ts'
import { homeZone } from './cast-events.ts'
import type { Network } from './network.ts'
import { sandboxPassword } from './net.ts'
import { uriOf } from './relay-log.ts'

/** What the routes of the demo page act on. */
export type Demo = { network: Network; cast: readonly CastAccount[] }

/** As the site knows them, with how to sign in. */
export type DemoPerson = PersonView & { did: string; handle: string }

type DemoRecord = { uri: string; path: string; name: string; handle: string }

export type DemoView = {
  urls: Network['urls']
  isRunning: boolean
  password: string
  people: DemoPerson[]
  /** The last touched first. */
  records: DemoRecord[]
  /** Preselected in the forms. */
  chosen: { did: string; uri: string; start: string; zone: string }
}

const shownRecords = 40

export async function buildDemoView(
  db: Db,
  { network, cast }: Demo,
  { did, uri, zone, now }: { did: string | null; uri: string; zone: string | null; now: Date },
): Promise<DemoView> {
  const records = network.relay.recentRecords(eventCollection, shownRecords).map((op) => toRecord(op, cast))
  const who = cast.find((person) => person.did === did) ?? cast[0]
  const ownZone = zone ?? homeZone
  return {
    urls: network.urls,
    isRunning: network.pds.isRunning,
    password: sandboxPassword,
    people: await findPeople(db, cast),
    records,
    chosen: {
      did: who?.did ?? '',
      uri: records.some((record) => record.uri === uri) ? uri : (records[0]?.uri ?? ''),
      start: tomorrowEvening(now, ownZone),
      zone: ownZone,
    },
  }
}

async function findPeople(db: Db, cast: readonly CastAccount[]): Promise<DemoPerson[]> {
  const dids = cast.map(({ did }) => did)
  const rows = await db.selectFrom('accounts').selectAll().where('did', 'in', dids).execute()
  return cast.map(({ did, handle, name }) => {
    const row = rows.find((row) => row.did === did)
    const unknown = { id: 0, did, handle, display_name: name, avatar_cid: null, claimed_at: null }
    return { ...toPerson(row ?? unknown), did, handle }
  })
}

function toRecord(op: RecordOp, cast: readonly CastAccount[]): DemoRecord {
  const name = op.record?.['name']
  return {
    uri: uriOf(op),
    path: `/at/${op.did}/${op.collection}/${op.rkey}`,
    name: typeof name === 'string' ? name : '',
    handle: cast.find(({ did }) => did === op.did)?.handle ?? op.did,
  }
}

/** As `datetime-local` takes it. */
function tomorrowEvening(now: Date, zone: string): string {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone)
  return `${today.toPlainDate().add({ days: 1 }).toString()}T19:00`
}

/** The instant of such a text on the clocks of a zone; undefined where it is none. */
export function readStart(text: string, zone: string): Date | undefined {
  try {
    return new Date(Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds)
  } catch {
    return undefined
  }
}
