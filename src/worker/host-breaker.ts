import { type Backoff, backoffMs } from '../base/retry.ts'

type Circuit = { failures: number; openUntil: number; isProbing: boolean }

const failuresToOpen = 3

/**
 * Leaves a host alone that keeps failing: after three failures in a row nobody asks it for a while, then one request
 * probes it (half-open); when that succeeds the others follow, else the while grows. Of this process only: what must not
 * be forgotten is in the outbox.
 */
export class HostBreaker {
  readonly #circuits = new Map<string, Circuit>()
  readonly #backoff: Backoff

  constructor(backoff: Backoff) {
    this.#backoff = backoff
  }

  /** When this host may be asked; undefined: now. A host that is due for its probe lets one caller through. */
  enter(host: string, now = Date.now()): Date | undefined {
    const circuit = this.#circuits.get(host)
    if (!circuit || circuit.failures < failuresToOpen) return undefined
    if (circuit.openUntil > now) return new Date(circuit.openUntil)
    if (circuit.isProbing) return new Date(now + this.#backoff.firstMs)
    circuit.isProbing = true
    return undefined
  }

  succeeded(host: string): void {
    this.#circuits.delete(host)
  }

  failed(host: string, now = Date.now()): void {
    const failures = (this.#circuits.get(host)?.failures ?? 0) + 1
    // At least half of the while: a probe at once would be none.
    const pause = Math.round((backoffMs(failures, this.#backoff) + this.#backoff.firstMs) / 2)
    this.#circuits.set(host, { failures, openUntil: now + pause, isProbing: false })
  }

  /** Hosts that nobody asks just now. */
  get open(): number {
    return [...this.#circuits.values()].filter(({ failures }) => failures >= failuresToOpen).length
  }
}
