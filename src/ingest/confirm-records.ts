import { setTimeout as wait } from 'node:timers/promises'
import { IdentityError } from '../atproto/identity-error.ts'
import { VerifyError } from '../atproto/verify-reason.ts'
import { errorText } from '../base/errors.ts'
import type { Metrics } from '../base/metrics.ts'
import { backoffMs } from '../base/retry.ts'
import type { Lead } from '../db/lead.ts'
import { AskError } from './ask-pds.ts'
import { type ConfirmDeps, ProofUnknownError, confirmRecord } from './confirm-record.ts'
import { type Unproved, delayProof, listUnproved, postponeProofs } from './confirm-store.ts'
import { HostGate, HostPausedError } from './host-gate.ts'

export type ConfirmOptions = {
  deps: Omit<ConfirmDeps, 'gate' | 'signal'> & { metrics?: Pick<Metrics, 'recordsVerified'> & ConfirmDeps['metrics'] }
  lead: Lead
  pauseMs?: number
}

/** Asked gently: nobody waits for it. */
const gateLimits = { perHost: 2, inAll: 8 }
const atOnce = 64
const perRepo = 4
/** How long those wait that were pushed aside for others. */
const asideMs = 2_000
const unknownBackoff = { firstMs: 60_000, maxMs: 6 * 3600_000 }
/** What was refused is not likely to be better soon. */
const refusedBackoff = { firstMs: 3600_000, maxMs: 24 * 3600_000 }

/** Proves what came unsigned, in the background and in one process at a time, until disposed. */
export function startConfirming({ deps, lead, pauseMs = 2_000 }: ConfirmOptions): AsyncDisposable {
  const stop = new AbortController()
  const gate = new HostGate(gateLimits)
  const running = lead('confirm records', stop.signal, async (signal) => {
    while (!signal.aborted) {
      const looked = await confirmDue({ ...deps, gate, signal }).catch((error: unknown) => {
        if (!signal.aborted) deps.log.warn('records not confirmed', { error: errorText(error) })
        return 0
      })
      if (looked < atOnce) await wait(pauseMs, undefined, { signal }).catch(() => {})
    }
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) deps.log.error('confirming records', { error: errorText(error) })
  })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

type RoundDeps = ConfirmDeps & Pick<ConfirmOptions['deps'], 'metrics'>

/** One round: the versions that wait longest, a few of each repo. Answers how many there were. */
export async function confirmDue(deps: RoundDeps): Promise<number> {
  const due = await listUnproved(deps.db, atOnce)
  const taken = new Map<string, number>()
  const [now, later]: [Unproved[], Unproved[]] = [[], []]
  for (const version of due) {
    const count = (taken.get(version.did) ?? 0) + 1
    taken.set(version.did, count)
    ;(count > perRepo ? later : now).push(version)
  }
  await postponeProofs(
    deps.db,
    later.map(({ uri }) => uri),
    new Date(Date.now() + asideMs),
  )
  await Promise.all(now.map((version) => confirmOne(deps, version)))
  return due.length
}

async function confirmOne(deps: RoundDeps, version: Unproved): Promise<void> {
  try {
    const confirmed = await confirmRecord(deps, version)
    if (confirmed !== 'moved') deps.metrics?.recordsVerified.inc({ how: 'proof' })
    if (confirmed === 'proved' || confirmed === 'moved') return
    deps.log.warn('a record is not what its source said', { uri: version.uri, confirmed })
  } catch (error) {
    deps.signal?.throwIfAborted()
    await delayProof(deps.db, version, { error: reasonOf(error), dueAt: dueAfter(error, version.attempts) })
    if (error instanceof VerifyError) {
      deps.metrics?.recordsVerified.inc({ how: 'refused' })
      deps.log.warn('a proof is refused', { uri: version.uri, reason: error.reason, error: error.message })
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof VerifyError ? `${error.reason}: ${error.message}` : errorText(error)
}

/** Throws on errors that are none of the network's. */
function dueAfter(error: unknown, attempts: number): Date {
  if (error instanceof HostPausedError) return new Date(error.until.getTime() + backoffMs(1, unknownBackoff))
  const isExpected =
    error instanceof ProofUnknownError ||
    error instanceof AskError ||
    error instanceof IdentityError ||
    error instanceof VerifyError
  if (!isExpected) throw error
  const backoff = error instanceof VerifyError ? refusedBackoff : unknownBackoff
  return new Date(Date.now() + (backoffMs(attempts + 1, backoff) + backoff.firstMs) / 2)
}
