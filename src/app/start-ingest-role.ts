import { setTimeout as wait } from 'node:timers/promises'
import { addTapRepos } from '../atproto/tap.ts'
import { createVerifier } from '../atproto/verify-batch.ts'
import { createSignatureCheck } from '../atproto/verify-keys.ts'
import { errorText } from '../base/errors.ts'
import { createLead } from '../db/lead.ts'
import { startConfirming } from '../ingest/confirm-records.ts'
import { takeFirstLook } from '../ingest/first-look.ts'
import { startHealing } from '../ingest/heal-gaps.ts'
import { HostGate } from '../ingest/host-gate.ts'
import { listKnownRepos } from '../ingest/read-ledger.ts'
import { type Ingest, startIngest } from '../ingest/run-ingest.ts'
import type { Broker } from '../queue/amqp-broker.ts'
import { createSource } from './create-source.ts'
import type { Services } from './open-services.ts'

/** Reads the network, and heals what was missed. Undefined with SOURCE=none. */
export function startIngestRole(services: Services, broker?: Broker): Ingest | undefined {
  const { config, database, log, metrics } = services
  const check = createSignatureCheck(services.identities)
  const countVerified = (records: number) => metrics.recordsVerified.inc({ how: 'commit' }, records)
  const source = createSource(config, createVerifier(check, countVerified))
  if (!source) return undefined
  const lead = createLead({ ...database.connection, application_name: 'openmeet-lead' }, log)
  const stop = new AbortController()
  const ingest = startIngest({ ...services, publicUrl: config.publicUrl, source, lead, broker })
  const deps = { ...services, ...config, gate: new HostGate() }
  const hasBegun = () => ingest.stats.batches > 0
  const looking = lead('first look', stop.signal, (signal) => takeFirstLook({ ...deps, signal }, { hasBegun })).catch(
    (error: unknown) => log.warn('first look', { error }),
  )
  const healing = startHealing({ deps, lead, listen: database.listen })
  const confirming = startConfirming({ deps: { ...deps, check }, lead })
  const telling = tellTap(services, stop.signal)
  return {
    stats: ingest.stats,
    async [Symbol.asyncDispose]() {
      stop.abort()
      const roles = [confirming, healing, ingest]
      await Promise.all([looking, telling, ...roles.map((role) => role[Symbol.asyncDispose]())])
    },
  }
}

const tellTapEveryMs = 60_000
const didsAtOnce = 500

/** Tap finds repos by their events only: those that only answer, or have nothing yet, are named by us. */
async function tellTap(services: Services, signal: AbortSignal): Promise<void> {
  if (services.config.source !== 'tap') return
  const told = new Set<string>()
  while (!signal.aborted) {
    try {
      for await (const known of listKnownRepos(services.db)) await addNew(services, known, told)
    } catch (error) {
      services.log.warn('Tap does not take our repos', { error: errorText(error) })
    }
    await wait(tellTapEveryMs, undefined, { signal }).catch(() => {})
  }
}

async function addNew({ config, operatorFetch }: Services, known: string[], told: Set<string>): Promise<void> {
  const { tapUrl: url = '', tapPassword: password } = config
  const fresh = known.filter((did) => !told.has(did))
  for (let i = 0; i < fresh.length; i += didsAtOnce) {
    const dids = fresh.slice(i, i + didsAtOnce)
    await addTapRepos({ url, password, fetch: operatorFetch }, dids)
    for (const did of dids) told.add(did)
  }
}
