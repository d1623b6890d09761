import { createProfilesDueListener, registerAccountJobs } from '../accounts/account-jobs.ts'
import { profilesDueChannel } from '../accounts/account-store.ts'
import { openMailer } from '../accounts/send-mail.ts'
import { startCarryIn } from '../ingest/carry-in.ts'
import { type Broker, openBroker } from '../queue/amqp-broker.ts'
import { HostBreaker } from '../worker/host-breaker.ts'
import { startOutbox } from '../worker/run-outbox.ts'
import type { Services } from './open-services.ts'

/** The broker that ops go through. Undefined without AMQP_URL, and where no role of this process needs it. */
export async function openOpsBroker({ config, log }: Services): Promise<Broker | undefined> {
  const { amqpUrl: url, amqpExchange: exchange, roles } = config
  const isNeeded = roles.includes('ingest') || roles.includes('worker')
  return url !== undefined && isNeeded ? openBroker({ url, exchange, log }) : undefined
}

const breakerPause = { firstMs: 1_000, maxMs: 60_000 }

/** Does the jobs, writes to the repos, and takes in what comes through the broker. */
export async function startWorkerRole(services: Services, broker?: Broker): Promise<AsyncDisposable> {
  const { config, database, sealer, metrics } = services
  await using stack = new AsyncDisposableStack()
  const { smtpUrl, mailFrom } = config
  const mailer = smtpUrl === undefined ? undefined : stack.use(openMailer({ smtpUrl, mailFrom, sealer }))
  await registerAccountJobs({ ...services, mailer })
  const wake = createProfilesDueListener(services)
  stack.use(await database.listen(profilesDueChannel, { onNotice: wake, onGap: wake }))
  const context = { ...services, publicUrl: config.publicUrl, breaker: new HostBreaker(breakerPause) }
  stack.use(await startOutbox({ context, listen: database.listen, metrics }))
  if (broker) stack.use(startCarryIn({ ...services, publicUrl: config.publicUrl, broker }))
  return stack.move()
}
