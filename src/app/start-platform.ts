import { createBlobSource } from '../media/blob-source.ts'
import { ImageProxy } from '../media/image-proxy.ts'
import type { Ingest } from '../ingest/run-ingest.ts'
import type { Broker } from '../queue/amqp-broker.ts'
import { buildAssets } from '../web/assets.ts'
import { LiveHub } from '../web/kernel/live-hub.ts'
import type { Route } from '../web/kernel/route.ts'
import { eventRoutes } from '../web/routes/event-routes.ts'
import { healthRoutes } from '../web/routes/health-routes.ts'
import { siteRoutes } from '../web/routes/site-routes.ts'
import { type WebRole, startWeb } from '../web/web-role.ts'
import type { DemoLinks, ReadyCheck, WebServices } from '../web/web-services.ts'
import { type OpenOptions, type Services, openServices } from './open-services.ts'
import { startIngestRole } from './start-ingest-role.ts'
import { openOpsBroker, startWorkerRole } from './start-roles.ts'

export type PlatformOptions = OpenOptions & {
  /** Of the sandbox: served like the site's own. */
  extraRoutes?: readonly Route[]
  demo?: DemoLinks
}

export type Platform = AsyncDisposable & {
  /** Where this process serves the site, or how it is; undefined where it serves nothing. */
  url: string | undefined
  services: Services
}

/** Starts the roles that the configuration names, in this process. Throws AppError that says what to do. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config } = options
  await using stack = new AsyncDisposableStack()
  const services = stack.use(await openServices(options))
  const broker = await openOpsBroker(services)
  if (broker) stack.use(broker)
  if (config.roles.includes('worker')) stack.use(await startWorkerRole(services, broker))
  const ingest = config.roles.includes('ingest') ? startIngestRole(services, broker) : undefined
  if (ingest) stack.use(ingest)
  const served = toServed(options)
  const checks = [
    queueCheck(services),
    ...(ingest ? [sourceCheck(ingest)] : []),
    ...(broker ? [brokerCheck(broker)] : []),
  ]
  const web = served && stack.use(await startWebRole(services, { ...served, demo: options.demo, checks }))
  const owned = stack.move()
  return { url: web?.url, services, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

type Served = { routes: readonly Route[]; port: number }

/** The site; where only others serve it, how this process is. */
function toServed({ config, extraRoutes = [] }: PlatformOptions): Served | undefined {
  const { roles, port, metricsPort } = config
  if (roles.includes('web')) return { routes: [...siteRoutes, ...eventRoutes, ...extraRoutes], port }
  return metricsPort === undefined ? undefined : { routes: healthRoutes, port: metricsPort }
}

type ToServe = Served & { demo: DemoLinks | undefined; checks: readonly ReadyCheck[] }

async function startWebRole(services: Services, { routes, port, demo, checks }: ToServe): Promise<WebRole> {
  const { identities, fetch, db, config } = services
  const findPdsUrl = async (did: string) => (await identities.resolveDid(did)).pdsUrl ?? undefined
  const web: WebServices = {
    ...services,
    images: new ImageProxy(db, createBlobSource(fetch, findPdsUrl)),
    assets: await buildAssets(),
    hub: new LiveHub(),
    checks,
    demo,
  }
  return startWeb(web, routes, { host: config.host, port })
}

/** Jobs can be put in: its tables are there and answer. */
function queueCheck({ queue }: Services): ReadyCheck {
  return { name: 'queue', run: () => queue.check() }
}

function brokerCheck(broker: Broker): ReadyCheck {
  return { name: 'broker', run: async () => broker.assertReady() }
}

/** Ready means that this process, or another, reads the network. */
function sourceCheck({ stats }: Ingest): ReadyCheck {
  return {
    name: 'source',
    async run() {
      if (stats.state === 'stopped') throw new Error(`${stats.source} is not read`)
    },
  }
}
