import type { Fetch } from '../atproto/guarded-fetch.ts'
import { HostGate } from './host-gate.ts'
import { type NameDeps, nameRepos } from './name-repos.ts'
import { type RepoRun, type RunProgress, listOpenRuns, startRun } from './repo-run-store.ts'
import { type RunDeps, type WorkOptions, workRun } from './work-run.ts'

/** What a pass over repos needs; `gate` is one for all that ask people's servers in this process. */
export type PassDeps = Omit<RunDeps, 'gate'> & NameDeps & { gate?: HostGate | undefined; fetch: Fetch }

export type PassOptions = WorkOptions & {
  /** Only these repos; the relay is not asked. */
  dids?: readonly string[] | undefined
}

/**
 * Reads what is on the network already: of every repo that the relay knows to have events or answers, all of them. Doing
 * it again changes nothing; one that was cut short is gone on with. A repo that cannot be read is counted, logged and left
 * for the next time; nothing is deleted because of it.
 */
export async function backfill(deps: PassDeps, options: PassOptions = {}): Promise<RunProgress> {
  const open = options.dids ? undefined : (await listOpenRuns(deps.db)).find(({ kind }) => kind === 'backfill')
  return passOver(deps, open ?? (await startRun(deps.db, { kind: 'backfill', dids: options.dids })), options)
}

export type ReconcileAllOptions = PassOptions & { isDryRun?: boolean }

/** Compares the repos that are known here, and those the relay names, with what is known of them, and mends the difference. */
export async function reconcile(deps: PassDeps, options: ReconcileAllOptions = {}): Promise<RunProgress> {
  const { isDryRun = false, dids } = options
  return passOver(deps, await startRun(deps.db, { kind: 'reconcile', isDryRun, dids }), options)
}

/** Goes on with a pass where it stands, to its end. */
export async function passOver(deps: PassDeps, run: RepoRun, options: WorkOptions = {}): Promise<RunProgress> {
  const { gate = new HostGate(), ...rest } = deps
  if (run.state === 'listing') await nameRepos(deps, run)
  return workRun({ ...rest, gate }, run, options)
}
