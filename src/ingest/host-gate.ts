export type GateLimits = {
  /** Requests under way at one host. */
  perHost: number
  /** Requests under way in all. */
  inAll: number
}

const defaultLimits: GateLimits = { perHost: 4, inAll: 16 }

/** A host that wants to be left alone until then: whoever wanted something of it comes back later. */
export class HostPausedError extends Error {
  override readonly name = 'HostPausedError'
  readonly until: Date

  constructor(host: string, until: Date, reason: string) {
    super(`${host} is left alone until ${until.toISOString()}: ${reason}`)
    this.until = until
  }
}

type Pause = { until: Date; reason: string }

/** Bounds how much is asked of each host and of all together, and leaves hosts alone that ask for it. */
export class HostGate {
  readonly #limits: GateLimits
  readonly #pauses = new Map<string, Pause>()
  readonly #hosts = new Map<string, Slots>()
  readonly #all: Slots

  constructor(limits: GateLimits = defaultLimits) {
    this.#limits = limits
    this.#all = new Slots(limits.inAll)
  }

  /** Runs `task` when the host and all together have room. Throws HostPausedError while the host is left alone. */
  async run<T>(host: string, task: () => Promise<T>): Promise<T> {
    this.#assertOpen(host)
    const own = this.#hosts.get(host) ?? new Slots(this.#limits.perHost)
    this.#hosts.set(host, own)
    await own.take()
    try {
      // Only then in all: who waits for a slow host must not keep others from theirs.
      await this.#all.take()
      try {
        this.#assertOpen(host)
        return await task()
      } finally {
        this.#all.free()
      }
    } finally {
      own.free()
      if (own.isIdle) this.#hosts.delete(host)
    }
  }

  pause(host: string, until: Date, reason: string): void {
    const before = this.#pauses.get(host)
    if (!before || before.until < until) this.#pauses.set(host, { until, reason })
  }

  #assertOpen(host: string): void {
    const pause = this.#pauses.get(host)
    if (!pause) return
    if (pause.until.getTime() > Date.now()) throw new HostPausedError(host, pause.until, pause.reason)
    this.#pauses.delete(host)
  }
}

class Slots {
  #free: number
  readonly #size: number
  readonly #waiting: (() => void)[] = []

  constructor(size: number) {
    this.#size = size
    this.#free = size
  }

  get isIdle(): boolean {
    return this.#free === this.#size && this.#waiting.length === 0
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  free(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
