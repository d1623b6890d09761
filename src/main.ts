import { runCommand } from './app/commands/run-command.ts'
import { createEndSignal } from './base/end-signal.ts'

process.exitCode = await runCommand(process.argv.slice(2), createEndSignal())
