import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect } from 'vitest'
import { type Network, startNetwork } from '../sandbox/network.ts'
import { approve } from '../sandbox/net.ts'
import { OtherApp } from '../sandbox/other-app.ts'
import { findFreePort } from '../sandbox/ports.ts'
import type { AccountRow } from '../src/accounts/account.ts'
import { signInWithDid } from '../src/accounts/sign-in.ts'
import { type Services, openServices } from '../src/app/open-services.ts'
import { startIngestRole } from '../src/app/start-ingest-role.ts'
import { openOpsBroker, startWorkerRole } from '../src/app/start-roles.ts'
import { envToConfig } from '../src/base/config.ts'
import type { Log } from '../src/base/log.ts'
import type { EventRow } from '../src/events/event-row.ts'
import { silentLog } from './silent-log.ts'
import { amqpUrl, openTestBroker } from './test-broker.ts'
import { type TestDb, openTestDb } from './test-db.ts'

/** A platform without its pages on a network of its own, with another app beside it; over RabbitMQ where AMQP_URL is set. */
export type TestSite = AsyncDisposable & {
  network: Network
  services: Services
  open: TestDb
  app: OtherApp
  /** Somebody with an account on the PDS, signed in here. */
  newPerson(name: string): Promise<AccountRow & { did: string }>
  /** Signs in again, as after a session was lost. */
  signIn(did: string, handle: string): Promise<void>
  event(id: number): Promise<EventRow>
  /** Until the returned function is called nothing that is ordered from now on goes out, of one person where one is named. */
  holdOutbox(did?: string): Promise<() => Promise<void>>
  /** Nothing waits in the outbox, but for what waits for something else. */
  settled(): Promise<void>
}

type SiteOptions = {
  /** `pdsBehind`: where the PDS listens, with something at its own port before it. */
  ports?: { pds: number; pdsBehind: number }
  log?: Log
}

export async function startTestSite(
  env: Record<string, string> = {},
  { ports, log = silentLog }: SiteOptions = {},
): Promise<TestSite> {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'openmeet-site-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const network = stack.use(
    await startNetwork({ ports: ports ?? { pds: await findFreePort() }, dataDir: join(dataDir, 'net') }),
  )
  const open = stack.use(await openTestDb())
  const own = amqpUrl === undefined ? undefined : stack.use(await openTestBroker())
  const { plcUrl, pdsUrl, relayUrl, appviewUrl, smtpUrl } = network.urls
  const config = envToConfig({
    DATABASE_URL: open.url,
    DATA_DIR: join(dataDir, 'site'),
    PUBLIC_URL: 'http://127.0.0.1:3999',
    PLC_URL: plcUrl,
    HANDLE_RESOLVER_URL: pdsUrl,
    JETSTREAM_URLS: relayUrl.replace('http', 'ws'),
    FIREHOSE_URL: pdsUrl.replace('http', 'ws'),
    RELAY_URL: relayUrl,
    APPVIEW_URL: appviewUrl,
    SMTP_URL: smtpUrl,
    ALLOW_PRIVATE_NETWORK: 'true',
    ...own?.env,
    ...env,
  })
  const services = stack.use(await openServices({ config, log }))
  const broker = await openOpsBroker(services)
  if (broker) stack.use(broker)
  stack.use(await startWorkerRole(services, broker))
  const ingest = startIngestRole(services, broker)
  if (ingest) stack.use(ingest)
  const app = new OtherApp(network.pds)
  const owned = stack.move()
  return {
    network,
    services,
    open,
    app,
    ...createSteps(services, app),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function createSteps(services: Services, app: OtherApp) {
  const { db, oauth } = services
  const signIn = async (did: string, handle: string) => {
    const { url, browserKey } = await oauth.startSignIn({ input: handle, returnTo: '/' })
    const back = await approve(url, handle)
    await oauth.finishSignIn(new URL(back).searchParams, browserKey)
    await signInWithDid(services, did)
  }
  return {
    signIn,
    async newPerson(name: string) {
      const handle = `${name}.test`
      const did = await app.signUp(handle)
      await signIn(did, handle)
      const account = await db.selectFrom('accounts').selectAll().where('did', '=', did).executeTakeFirstOrThrow()
      return { ...account, did }
    },
    event: (id: number) => db.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    async holdOutbox(did = '') {
      await sql`
        create or replace function hold() returns trigger language plpgsql as $$ begin
          if tg_argv[0] in ('', new.did) then new.due_at = now() + interval '1 hour'; end if;
          return new; end $$`.execute(db)
      await sql`
        create trigger hold before insert or update of due_at on outbox
        for each row execute function hold(${sql.lit(did)})`.execute(db)
      return async () => {
        await sql`drop trigger hold on outbox`.execute(db)
        await sql`update outbox set due_at = now()`.execute(db)
        await sql`notify outbox`.execute(db)
      }
    },
    async settled() {
      const waiting = async () => {
        const { rows } = await sql<{ n: number }>`
          select count(*)::int4 as n from outbox where due_at < 'infinity'`.execute(db)
        return rows[0]?.n
      }
      await expect.poll(waiting, { timeout: 45_000, interval: 10 }).toBe(0)
    },
  }
}
