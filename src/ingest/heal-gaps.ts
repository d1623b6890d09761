import { setTimeout as wait } from 'node:timers/promises'
import { errorText } from '../base/errors.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Lead } from '../db/lead.ts'
import type { Listen } from '../db/listen.ts'
import { type PassDeps, passOver } from './backfill.ts'
import { type Gap, countGaps, freeGaps, gapsChannel, takeDueGap } from './gap-store.ts'
import { type RepoRun, listFailedReads, listOpenRuns, pruneRuns, startRun } from './repo-run-store.ts'

type HealDeps = Omit<PassDeps, 'signal' | 'metrics'> & {
  metrics?: PassDeps['metrics'] & Pick<Metrics, 'gaps' | 'openGaps'>
}

export type HealOptions = { deps: HealDeps; lead: Lead; listen: Listen; pauseMs?: number }

/** Passes that are worked at at once: each asks little, and one may wait for a server for long. */
const atOnce = 8

/**
 * Heals gaps, one process at a time, by reconciling exactly the repos concerned; and goes on with passes that were cut
 * short, or ordered by somebody else. Until disposed.
 */
export function startHealing(options: HealOptions): AsyncDisposable {
  const stop = new AbortController()
  const { log } = options.deps
  const running = options
    .lead('heal gaps', stop.signal, (signal) => new Healer(options, signal).heal())
    .catch((error: unknown) => {
      if (!stop.signal.aborted) log.error('healing', { error: errorText(error) })
    })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

class Healer {
  readonly #options: HealOptions
  readonly #signal: AbortSignal
  readonly #passes = new Map<number, Promise<void>>()
  #hasNews = false
  #woken = () => {}

  constructor(options: HealOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  async heal(): Promise<void> {
    const { listen, deps } = this.#options
    const wake = () => this.#wake()
    await using _ = await listen(gapsChannel, { onNotice: wake, onGap: wake })
    await freeGaps(deps.db)
    while (!this.#signal.aborted) {
      try {
        await this.#beginPasses()
        const { open, healing, failed } = await countGaps(deps.db)
        for (const [state, count] of Object.entries({ open, healing, failed }))
          deps.metrics?.openGaps.set({ state }, count)
      } catch (error) {
        if (!this.#signal.aborted) deps.log.warn('gaps not healed', { error: errorText(error) })
      }
      await this.#pause()
    }
    await Promise.allSettled(this.#passes.values())
  }

  async #beginPasses(): Promise<void> {
    const { db } = this.#options.deps
    for (const run of await listOpenRuns(db)) if (this.#hasRoom) this.#begin(run)
    while (this.#hasRoom) {
      const gap = await takeDueGap(db)
      if (!gap) break
      this.#begin(await this.#toRun(gap))
    }
    await pruneRuns(db)
  }

  get #hasRoom(): boolean {
    return this.#passes.size < atOnce && !this.#signal.aborted
  }

  async #toRun(gap: Gap): Promise<RepoRun> {
    const { db, log, metrics } = this.#options.deps
    const { id, reason, did, source, detail, attempts } = gap
    log.info('healing a gap', { gap: id, reason, source, did, detail, attempt: attempts })
    if (attempts === 1) metrics?.gaps.inc({ reason }, gap.times)
    const dids = did === null ? await listFailedReads(db, id) : [did]
    return startRun(db, { kind: 'heal', gapId: id, dids })
  }

  #begin(run: RepoRun): void {
    if (this.#passes.has(run.id)) return
    const { deps } = this.#options
    const pass = passOver({ ...deps, signal: this.#signal }, run)
      .then((progress) => deps.log.info('pass over repos done', { run: run.id, kind: run.kind, ...progress }))
      .catch((error: unknown) => {
        if (!this.#signal.aborted) deps.log.warn('pass over repos', { run: run.id, error: errorText(error) })
      })
      .finally(() => {
        this.#passes.delete(run.id)
        this.#wake()
      })
    this.#passes.set(run.id, pass)
  }

  #wake(): void {
    this.#hasNews = true
    this.#woken()
  }

  async #pause(): Promise<void> {
    const woken = new AbortController()
    this.#woken = () => woken.abort()
    const ms = this.#hasNews ? 0 : (this.#options.pauseMs ?? 5_000)
    await wait(ms, undefined, { signal: AbortSignal.any([this.#signal, woken.signal]) }).catch(() => {})
    this.#hasNews = false
  }
}
