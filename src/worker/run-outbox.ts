import { errorText } from '../base/errors.ts'
import type { Listen } from '../db/listen.ts'
import {
  type LeasedWrite,
  findNextDue,
  leaseWrites,
  outboxChannel,
  readOutboxState,
  renewEveryMs,
  renewLeases,
} from '../records/outbox-store.ts'
import type { Metrics } from '../base/metrics.ts'
import { publishWrite } from './publish-write.ts'
import type { WriteContext } from './write-context.ts'

export type OutboxOptions = {
  context: WriteContext
  listen: Listen
  metrics: Pick<Metrics, 'outboxAge' | 'outboxDepth' | 'openBreakers'>
  /** Repos written to at once; within one repo it is one write after the other. */
  concurrency?: number
}

/** The longest pause: notices may be lost, and clocks differ. */
const idleMs = 5_000
const gaugeMs = 5_000

/** Writes what is due to the repos, until disposed; what is under way then is finished first. */
export async function startOutbox({
  context,
  listen,
  metrics,
  concurrency = 8,
}: OutboxOptions): Promise<AsyncDisposable> {
  const outbox = new Outbox(context, concurrency)
  const wake = () => outbox.wake()
  const listening = await listen(outboxChannel, { onNotice: wake, onGap: wake })
  const gauges = setInterval(() => void readGauges({ context, metrics }), gaugeMs).unref()
  const running = outbox.run()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(gauges)
      await listening[Symbol.asyncDispose]()
      outbox.stop()
      await running
    },
  }
}

class Outbox {
  readonly #context: WriteContext
  readonly #concurrency: number
  readonly #atWork = new Map<string, Promise<void>>()
  #isOver = false
  #isWoken = false
  #wakeUp: (() => void) | undefined

  constructor(context: WriteContext, concurrency: number) {
    this.#context = context
    this.#concurrency = concurrency
  }

  /** Looks at once whether something is due. */
  wake(): void {
    this.#isWoken = true
    this.#wakeUp?.()
  }

  stop(): void {
    this.#isOver = true
    this.wake()
  }

  async run(): Promise<void> {
    const renewing = setInterval(() => void this.#renew(), renewEveryMs)
    while (!this.#isOver) {
      this.#isWoken = false
      const pause = await this.#takeWrites()
      await this.#sleep(pause)
    }
    await Promise.all(this.#atWork.values())
    clearInterval(renewing)
  }

  /** Begins what is due, as far as hands are free. Answers how long there is nothing more to do. */
  async #takeWrites(): Promise<number> {
    const { db, log } = this.#context
    try {
      const free = this.#concurrency - this.#atWork.size
      const writes = free > 0 ? await leaseWrites(db, free) : []
      for (const write of writes) this.#begin(write)
      if (writes.length > 0 || free === 0) return idleMs
      const due = await findNextDue(db)
      return due ? Math.max(10, due.getTime() - Date.now()) : idleMs
    } catch (error) {
      log.error('outbox', { error: errorText(error) })
      return 1_000
    }
  }

  #begin(write: LeasedWrite): void {
    const done = publishWrite(this.#context, write)
      .catch((error: unknown) => this.#context.log.error('outbox', { error }))
      .finally(() => {
        this.#atWork.delete(write.lease)
        // The next of its repo may be due now.
        this.wake()
      })
    this.#atWork.set(write.lease, done)
  }

  async #renew(): Promise<void> {
    const { db, log } = this.#context
    await renewLeases(db, [...this.#atWork.keys()]).catch((error: unknown) =>
      log.warn('outbox leases', { error: errorText(error) }),
    )
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isWoken) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, idleMs))
      this.#wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wakeUp = undefined
  }
}

async function readGauges({ context, metrics }: Pick<OutboxOptions, 'context' | 'metrics'>): Promise<void> {
  try {
    const { depth, oldestSeconds } = await readOutboxState(context.db)
    metrics.outboxDepth.set(depth)
    metrics.outboxAge.set(oldestSeconds)
    metrics.openBreakers.set(context.breaker.open)
  } catch (error) {
    context.log.debug('outbox gauges', { error: errorText(error) })
  }
}
