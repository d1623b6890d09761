import { runCommand } from './app/commands/run-command.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait.
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })
}
process.exitCode = await runCommand(process.argv.slice(2), stop.signal)
