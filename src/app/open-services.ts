import type { ProfileContext } from '../accounts/refresh-profile.ts'
import { createGuardedFetch, createOperatorFetch } from '../atproto/guarded-fetch.ts'
import { openIdentities } from '../atproto/identity.ts'
import { openOAuth } from '../atproto/oauth.ts'
import { applyAdmins } from '../accounts/admin.ts'
import { type Config, loadSecrets } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import { createMetrics } from '../base/metrics.ts'
import { createSealer } from '../base/seal.ts'
import { openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { openQueue } from '../queue/queue.ts'

export type OpenOptions = { config: Config; log: Log; onProgress?: (message: string) => void }

/** What every role, and most commands, work with. Disposed in the reverse order. */
export type Services = Awaited<ReturnType<typeof openServices>>

/** Opens the database (and migrates it), the queue, and the ways to the network. Throws AppError that says what to do. */
export async function openServices({ config, log, onProgress }: OpenOptions) {
  await using stack = new AsyncDisposableStack()
  const { current, previous } = loadSecrets(config)
  const sealer = createSealer(current, previous)
  const database = stack.use(await openDatabase({ ...config, log, ...(onProgress && { onProgress }) }))
  const { db } = database
  const migrated = await migrate(db)
  if (migrated.length > 0) log.info('database migrated', { migrations: migrated })
  const queue = stack.use(
    await openQueue({ connection: database.connection, log, isWorker: config.roles.includes('worker') }),
  )
  const identities = stack.use(openIdentities({ ...config, db }))
  const oauth = await openOAuth({ ...config, db, sealer, identities, locks: database.locks })
  const fetch = createGuardedFetch(config, { maxBytes: 10 * 1024 * 1024 })
  const operatorFetch = createOperatorFetch({ maxBytes: 10 * 1024 * 1024 })
  const profiles: ProfileContext = { db, identities, fetch, operatorFetch, appviewUrl: config.appviewUrl }
  await applyAdmins(db, config.admins)
  const owned = stack.move()
  return {
    config,
    log,
    metrics: createMetrics(),
    sealer,
    database,
    db,
    queue,
    identities,
    oauth,
    profiles,
    fetch,
    operatorFetch,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
