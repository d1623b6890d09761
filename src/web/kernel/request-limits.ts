import { AppError } from '../../base/errors.ts'
import { spend } from '../../db/rate-limit.ts'
import type { ClientAddress } from './client-address.ts'
import type { Route, WebRequest } from './route.ts'

const minute = 60_000
/** Of one client address, in this process. A page of pictures is forty files. */
const commonPerMinute = { page: 600, api: 600, file: 3000 }
/** Of one account, over all processes. */
const writesPerMinute = 600
const maxAddresses = 50_000

export type RequestLimits = { spend(client: ClientAddress, kind: Route['kind']): void }

/**
 * The common limit of client addresses. It is counted in memory: a flood must not become a flood of writes to the
 * database. The machine the site runs on is not limited; what a proxy hands on is.
 */
export function createRequestLimits(): RequestLimits {
  let window = new Map<string, number>()
  let endsAt = 0
  return {
    spend(client, kind) {
      if (client.isNear) return
      const now = Date.now()
      if (now >= endsAt || window.size > maxAddresses) {
        window = new Map()
        endsAt = now + minute
      }
      const key = `${kind === 'file' ? 'file' : 'page'} ${client.key}`
      const count = (window.get(key) ?? 0) + 1
      window.set(key, count)
      if (count <= commonPerMinute[kind]) return
      const retryAfterSeconds = Math.max(1, Math.ceil((endsAt - now) / 1000))
      throw new AppError('too-many-requests', 'Too many requests came from your address.', { retryAfterSeconds })
    },
  }
}

/** The limits of a route, and of an account that changes things: exact over all processes. Throws AppError `too-many-requests`. */
export async function spendRouteLimits({ services, viewer, client }: WebRequest, route: Route): Promise<void> {
  const { perMinute } = route
  const name = `${route.method} ${route.path}`
  if (perMinute !== undefined)
    await spend(services.db, `route:${name}:${client.key}`, { points: perMinute, perMs: minute })
  if (!viewer) return
  if (perMinute !== undefined)
    await spend(services.db, `route:${name}:account:${viewer.account.id}`, { points: perMinute, perMs: minute })
  else if (route.method !== 'GET')
    await spend(services.db, `writes:account:${viewer.account.id}`, { points: writesPerMinute, perMs: minute })
}
