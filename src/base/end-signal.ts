/** Signals that come together are one wish: a service manager signals every process of a unit, and a wrapper passes its own on. */
const togetherMs = 1_000

/**
 * Aborts when the system, or a person, asks the program to end. Who asks again later does not want to wait: then the
 * process exits at once, with the code a shell gives to a program that the signal ended.
 */
export function createEndSignal(): AbortSignal {
  const ending = new AbortController()
  let firstAt = 0
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (!ending.signal.aborted) {
        firstAt = Date.now()
        ending.abort()
      } else if (Date.now() - firstAt > togetherMs) process.exit(code)
    })
  }
  return ending.signal
}
