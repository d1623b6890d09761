import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountOp, deleteOp, eventOp, eventUri, newDid, rsvpOp, toMessages } from '../../testkit/calendar-ops.ts'
import { historyCount } from '../../testkit/run-count.ts'
import { silentLog } from '../../testkit/silent-log.ts'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { toAtUri } from '../atproto/at-uri.ts'
import type { Op, RecordOp } from '../atproto/record-op.ts'
import { dispatchBatch } from './dispatch.ts'

let open: TestDb

beforeAll(async () => {
  open = await openTestDb()
  // A crash: the transaction of a batch is rolled back at its very end, with all that it did.
  await sql`create sequence crashes`.execute(open.db)
  await sql`
    create function crash() returns trigger language plpgsql as $$ begin
      if nextval('crashes') % 5 = 0 then raise exception 'crash' using errcode = '40001'; end if; return null;
    end $$`.execute(open.db)
  await sql`
    create constraint trigger crash after insert or update on cursors deferrable initially deferred
    for each row execute function crash()`.execute(open.db)
})
afterAll(() => open[Symbol.asyncDispose]())

/** One step of a repo: what it does to which of its records. */
type Step = {
  repo: number
  what: 'event' | 'rsvp' | 'delete-event' | 'delete-rsvp' | 'away' | 'back'
  key: number
  subject: number
  day: number
}

const repos = 3
const keys = 3
const step: fc.Arbitrary<Step> = fc.record({
  repo: fc.nat(repos - 1),
  what: fc.constantFrom('event', 'event', 'rsvp', 'rsvp', 'rsvp', 'delete-event', 'delete-rsvp', 'away', 'back'),
  key: fc.nat(keys - 1),
  subject: fc.nat(repos * keys - 1),
  day: fc.nat(3),
})

/** `order`: where each delivery of an op sorts; an op may be delivered several times. `cuts`: sizes of the batches. */
const history = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
  order: fc.array(fc.tuple(fc.nat(29), fc.nat(1000)), { maxLength: 30 }),
  cuts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
})

function toOp(dids: string[], { repo, what, key, subject, day }: Step, n: number): Op {
  const did = dids[repo] as string
  const event = () => eventOp({ did, rkey: `e${key}`, n }, { name: `Version ${n}` })
  const rsvp = () =>
    rsvpOp({ did, rkey: `r${key}`, n }, eventUri(dids[Math.floor(subject / keys)] as string, `e${subject % keys}`), {
      createdAt: `2026-03-0${day + 1}T00:00:00Z`,
      status: ['going', 'interested', 'notgoing'][n % 3] as string,
    })
  switch (what) {
    case 'event':
      return event()
    case 'rsvp':
      return rsvp()
    case 'delete-event':
      return deleteOp(event(), n)
    case 'delete-rsvp':
      return deleteOp(rsvp(), n)
    default:
      return accountOp(did, what === 'away' ? 'deactivated' : 'active', n)
  }
}

/** Every op at least once, in the order of its repo or in none, some again later. */
function deliver(ops: Op[], order: [number, number][]): Op[] {
  const again = order.flatMap(([i, at]) => (ops[i] ? [{ op: ops[i], at }] : []))
  const first = ops.map((op, i) => ({ op, at: (i * 1000) / ops.length }))
  const all = [...first, ...again].sort((a, b) => a.at - b.at)
  // Messages about a repo mean something only once the repo is known.
  const seed = [...new Map(ops.map((op) => ['did' in op ? op.did : '', op])).keys()].map((did) =>
    eventOp({ did, rkey: 'seed', n: 0 }),
  )
  return [...seed, ...all.map(({ op }) => op)]
}

function textOf({ record }: RecordOp, field: string): string {
  const value = record?.[field]
  return typeof value === 'string' ? value : ''
}

/** What must be there in the end, worked out without a database and without an order. */
function model(ops: Op[]) {
  const newest = new Map<string, RecordOp>()
  const away = new Map<string, { at: number; isAway: boolean }>()
  for (const op of ops) {
    if (op.kind === 'record' && op.rev > (newest.get(toAtUri(op))?.rev ?? '')) newest.set(toAtUri(op), op)
    if (op.kind === 'account' && op.time.getTime() > (away.get(op.did)?.at ?? 0)) {
      away.set(op.did, { at: op.time.getTime(), isAway: op.status !== 'active' })
    }
  }
  const alive = [...newest].filter(([, op]) => op.action !== 'delete')
  const events = alive.filter(([uri]) => uri.includes('.event/'))
  const answers = new Map<string, [string, RecordOp]>()
  for (const [uri, op] of alive.filter(([uri]) => uri.includes('.rsvp/'))) {
    const subject = (op.record as { subject: { uri: string } }).subject.uri
    const key = `${subject} ${op.did}`
    const before = answers.get(key)?.[1]
    const rank = (of: RecordOp) => `${textOf(of, 'createdAt')} ${of.rev}`
    if (events.some(([event]) => event === subject) && (!before || rank(op) > rank(before))) answers.set(key, [uri, op])
  }
  return {
    ledger: [...newest].map(([uri, op]) => `${uri} ${op.rev} ${op.action === 'delete'}`).sort(),
    events: events
      .map(([uri, op]) => `${uri} ${textOf(op, 'name')} ${away.get(op.did)?.isAway ? 'account-deactivated' : ''}`)
      .sort(),
    answers: [...answers].map(([key, [uri, op]]) => `${key} ${textOf(op, 'status')} ${uri}`).sort(),
  }
}

async function stored(dids: string[]) {
  const texts = async (query: ReturnType<typeof sql<{ text: string }>>) =>
    (await query.execute(open.db)).rows.map(({ text }) => text).sort()
  return {
    ledger: await texts(
      sql`select concat_ws(' ', uri, rev, deleted::text) as text from records where did = any(${dids})`,
    ),
    events: await texts(sql`
      select concat(e.uri, ' ', e.name, ' ', e.hidden_reason) as text
      from events e join accounts a on a.id = e.owner_id where a.did = any(${dids})`),
    answers: await texts(sql`
      select concat_ws(' ', e.uri, a.did, r.status, r.uri) as text
      from rsvps r join events e on e.id = r.event_id join accounts a on a.id = r.account_id where a.did = any(${dids})`),
  }
}

test(
  `whatever is repeated, reordered, cut and crashed, a history ends as it must (${historyCount} histories)`,
  { timeout: 600_000 },
  async () => {
    const deps = { db: open.db, log: silentLog, publicUrl: 'https://meet.example.org' }
    await fc.assert(
      fc.asyncProperty(history, async ({ steps, order, cuts }) => {
        const dids = Array.from({ length: repos }, newDid)
        const delivered = deliver(
          steps.map((step, i) => toOp(dids, step, i + 1)),
          order,
        )
        const messages = toMessages(delivered)
        for (let at = 0, i = 0; at < messages.length; i++) {
          const size = cuts[i % cuts.length] as number
          const batch = messages.slice(at, at + size)
          await dispatchBatch(deps, dids[0] as string, { messages: batch, cursor: at + size, host: '' })
          at += size
        }
        expect(await stored(dids)).toEqual(model(delivered))
      }),
      { numRuns: historyCount },
    )
  },
)
