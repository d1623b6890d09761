const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

/**
 * Tells on stderr that `work` goes on and how long it took: a moving line on a terminal, a line every 10 seconds elsewhere.
 * @template T @param {string} label @param {() => Promise<T>} work
 */
export async function showProgress(label, work) {
  const started = Date.now()
  const isTerminal = process.stderr.isTTY
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`
  const draw = () => {
    const frame = frames[Math.floor((Date.now() - started) / 100) % frames.length]
    process.stderr.write(
      isTerminal ? `\r\x1b[K${frame} ${label} … ${elapsed()}` : `openmeet: still ${label}, ${elapsed()}\n`,
    )
  }
  if (!isTerminal) process.stderr.write(`openmeet: ${label} …\n`)
  const timer = setInterval(draw, isTerminal ? 100 : 10_000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    process.stderr.write(
      `${isTerminal ? '\r\x1b[K' : ''}openmeet: ${label} took ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
    )
  }
}
