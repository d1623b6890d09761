/**
 * Until the answer is called, a signal ends this process the way it would have without us, after `clean`.
 * @param {() => void} clean
 */
export function endOnSignal(clean) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const stopListening = () => signals.forEach((signal) => process.off(signal, end))
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    clean()
    stopListening()
    process.kill(process.pid, signal)
  }
  for (const signal of signals) process.on(signal, end)
  return stopListening
}
