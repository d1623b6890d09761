import { createProfilesDueListener, registerAccountJobs } from '../accounts/account-jobs.ts'
import { profilesDueChannel } from '../accounts/account-store.ts'
import { openMailer } from '../accounts/send-mail.ts'
import { createFirehoseSource } from '../atproto/firehose.ts'
import { createJetstreamSource } from '../atproto/jetstream.ts'
import type { Source } from '../atproto/record-op.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { createLead } from '../db/lead.ts'
import { startCarryIn } from '../ingest/carry-in.ts'
import { takeFirstLook } from '../ingest/first-look.ts'
import { type Ingest, startIngest } from '../ingest/run-ingest.ts'
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

/** Reads the network. Undefined with SOURCE=none. */
export function startIngestRole(services: Services, broker?: Broker): Ingest | undefined {
  const { config, database, log } = services
  const source = createSource(config)
  if (!source) return undefined
  const lead = createLead({ ...database.connection, application_name: 'openmeet-lead' }, log)
  const stop = new AbortController()
  const looking = lead('first look', stop.signal, (signal) => takeFirstLook({ ...services, ...config, signal })).catch(
    (error: unknown) => log.warn('first look', { error }),
  )
  const ingest = startIngest({ ...services, publicUrl: config.publicUrl, source, lead, broker })
  return {
    stats: ingest.stats,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all([looking, ingest[Symbol.asyncDispose]()])
    },
  }
}

function createSource({ source, jetstreamUrls, firehoseUrl }: Config): Source | undefined {
  switch (source) {
    case 'jetstream':
      return createJetstreamSource({ urls: jetstreamUrls })
    case 'firehose':
      return createFirehoseSource({ url: firehoseUrl })
    case 'none':
      return undefined
    default:
      throw new AppError('invalid-input', `SOURCE=${source} is not served yet: use jetstream or firehose`)
  }
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
