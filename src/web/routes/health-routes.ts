import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { errorText } from '../../base/errors.ts'
import { admin, anyone } from '../kernel/policies.ts'
import { type Policy, type Route, type WebRequest, fileRoute, json } from '../kernel/route.ts'
import type { ReadyCheck } from '../web-services.ts'

const patienceMs = 3000

const aliveRoute = fileRoute({
  method: 'GET',
  path: '/healthz',
  policy: anyone,
  isImpersonal: true,
  handle: async () => json({ status: 'alive' }),
})

/** What is missing is named; why, only the log says. */
const readyRoute = fileRoute({
  method: 'GET',
  path: '/readyz',
  policy: anyone,
  isImpersonal: true,
  handle: async ({ request }) => {
    const { db, checks } = request.services
    const database = { name: 'database', run: async () => void (await sql`select 1`.execute(db)) }
    const results = await Promise.all([database, ...checks].map((check) => runCheck(request, check)))
    const isReady = results.every(([, state]) => state === 'ok')
    return json({ status: isReady ? 'ready' : 'not-ready', checks: Object.fromEntries(results) }, isReady ? 200 : 503)
  },
})

async function runCheck({ log }: WebRequest, { name, run }: ReadyCheck): Promise<[string, 'ok' | 'failing']> {
  const patience = new AbortController()
  const late = wait(patienceMs, undefined, { signal: patience.signal }).then(() => {
    throw new Error(`no answer within ${patienceMs} ms`)
  })
  try {
    await Promise.race([run(), late])
    return [name, 'ok']
  } catch (error) {
    log.warn('not ready', { check: name, error: errorText(error) })
    return [name, 'failing']
  } finally {
    late.catch(() => {})
    patience.abort()
  }
}

/**
 * Scrapers sit beside the process or in its private network, and no proxy stands between. Whatever a proxy hands on is a
 * stranger, who must be an administrator.
 */
const nearOrAdmin: Policy<unknown> = {
  name: 'the private network, without a proxy between; or administrators',
  admit: async (request) => (request.client.isNear ? null : admin.admit(request)),
}

const metricsRoute = fileRoute({
  method: 'GET',
  path: '/metrics',
  policy: nearOrAdmin,
  handle: async ({ request }) => {
    const { registry } = request.services.metrics
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
  },
})

export const healthRoutes: Route[] = [aliveRoute, readyRoute, metricsRoute]
