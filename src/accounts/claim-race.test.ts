import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventOp, eventUri, newDid, rsvpOp } from '../../testkit/calendar-ops.ts'
import { ingest } from '../../testkit/test-events.ts'
import { type TestWeb, addPerson, openTestWeb } from '../../testkit/test-web.ts'
import { linkDid } from './link-account.ts'
import { signInWithDid } from './sign-in.ts'

let web: TestWeb
beforeAll(async () => void (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())

const batches = 12
const others = newDid()

/** Batches of ops of one repo, taken in while `act` happens in the middle of them. */
async function ingestAround(did: string, act: () => Promise<unknown>): Promise<void> {
  await ingest(web, [eventOp({ did: others, rkey: 'theirs', n: 1 })])
  const acted = new Promise((done) => setTimeout(done, 10)).then(act)
  for (let i = 0; i < batches; i++) {
    const subject = i === 0 ? eventUri(others, 'theirs') : eventUri(did, `e${i - 1}`)
    const op = eventOp({ did, rkey: `e${i}`, n: 2 * i + 1 }, { name: `Meetup ${i}` })
    await ingest(web, [op, rsvpOp({ did, rkey: `r${i}`, n: 2 * i + 2 }, subject)])
  }
  await acted
}

async function owned(did: string) {
  const { db } = web.services
  const accounts = await db.selectFrom('accounts').selectAll().where('did', '=', did).execute()
  const events = await db.selectFrom('events').selectAll().where('uri', 'like', `at://${did}/%`).execute()
  const answers = await db.selectFrom('rsvps').selectAll().where('uri', 'like', `at://${did}/%`).execute()
  return {
    accounts,
    owners: [...new Set([...events, ...answers].map((row) => ('owner_id' in row ? row.owner_id : row.account_id)))],
    events,
    answers,
  }
}

const audits = async (accountId: number) =>
  (
    await web.services.db
      .selectFrom('audit_log')
      .select('action')
      .where('account_id', '=', accountId)
      .orderBy('id')
      .execute()
  ).map(({ action }) => action)

it('a claim by signing in while the person’s ops are taken in loses nothing and makes no second account', async () => {
  const did = newDid()
  await addPerson(web, { did, isShadow: true })
  const services = web.services
  await ingestAround(did, () => Promise.all([signInWithDid(services, did), signInWithDid(services, did)]))
  const { accounts, owners, events, answers } = await owned(did)
  expect([events.length, answers.length, accounts.length]).toEqual([batches, batches, 1])
  expect(accounts[0]?.claimed_at).not.toBeNull()
  expect(owners).toEqual([accounts[0]?.id])
  expect(await audits(accounts[0]?.id ?? 0)).toEqual(['claim'])
})

it('a claim by connecting a mail account while the person’s ops are taken in moves all, once', async () => {
  const did = newDid()
  await addPerson(web, { did, isShadow: true })
  const { id } = await addPerson(web, { email: 'ana@example.org' })
  await ingestAround(did, async () => {
    await linkDid(web.services, id, did)
    await linkDid(web.services, id, did)
  })
  const { accounts, owners, events, answers } = await owned(did)
  expect([events.length, answers.length, accounts.length]).toEqual([batches, batches, 1])
  expect(owners).toEqual([id])
  expect((await audits(id)).filter((action) => action === 'merge')).toHaveLength(1)
})
