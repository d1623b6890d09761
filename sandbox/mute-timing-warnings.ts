/**
 * On a busy machine the PDS's password check takes longer than the time it wants to take always, and says so. Nobody
 * here measures it to guess passwords.
 */
export function muteTimingWarnings(): void {
  const warn = console.warn.bind(console)
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).startsWith('constantTime:')) warn(...words)
  }
  const printers = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') for (const print of printers) print(warning)
  })
}
