import { parseArgs } from 'node:util'
import { envToConfig, readEnv } from '../../base/config.ts'
import { AppError, errorText } from '../../base/errors.ts'
import { createLog } from '../../base/log.ts'
import { adminCommands } from './admin-commands.ts'
import { type Command, type CommandContext, FailedCheck, UsageError } from './command.ts'
import { deadLetterCommands } from './dead-letter-commands.ts'
import { doctorCommand } from './doctor-command.ts'
import { ingestCommands } from './ingest-commands.ts'
import { createOutput } from './output.ts'
import { recurrenceCommand } from './recurrence-command.ts'
import { sessionCommands } from './session-commands.ts'
import { migrateCommand, startCommand } from './start-commands.ts'

const commands: readonly Command[] = [
  startCommand,
  migrateCommand,
  doctorCommand,
  ...ingestCommands,
  ...deadLetterCommands,
  ...sessionCommands,
  ...adminCommands,
  recurrenceCommand,
]

const commonFlags = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

/** Runs what the command line says. Answers the exit code: 0, 1 (failed), 2 (wrong usage). */
export async function runCommand(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  try {
    const found = findCommand(argv)
    if (!found) return showHelp(argv, say)
    await run(found.command, found.rest, signal)
    return 0
  } catch (error) {
    if (error instanceof FailedCheck) return 1
    if (signal.aborted) return 130
    if (error instanceof UsageError) say(`openmeet: ${error.message}`)
    else if (error instanceof AppError) say(`openmeet: ${error.message}`)
    else say(`openmeet: ${error instanceof Error ? (error.stack ?? error.message) : errorText(error)}`)
    return error instanceof UsageError || (error instanceof AppError && error.code === 'invalid-input') ? 2 : 1
  }
}

async function run(command: Command, rest: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(command, rest)
  if (values['help']) return void process.stdout.write(`${describe(command)}\n`)
  const config = envToConfig(readEnv())
  const output = createOutput(values['json'] === true, process)
  // A command's own words are its result; the server's log is its own.
  const level = command === startCommand ? config.logLevel : config.logLevel === 'info' ? 'warn' : config.logLevel
  const log = createLog({ level })
  await command.run({ config, log, output, words: positionals, flags: values, signal })
}

function parse(command: Command, rest: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...commonFlags, ...command.flags },
      allowPositionals: true,
      strict: true,
    })
    return { values: values as CommandContext['flags'], positionals }
  } catch (error) {
    throw new UsageError(`${errorText(error)}. ${describe(command)}`)
  }
}

function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | undefined {
  const byLength = commands.toSorted((a, b) => b.words.length - a.words.length)
  for (const command of byLength) {
    const words = command.words.split(' ')
    if (words.every((word, i) => argv[i] === word)) return { command, rest: argv.slice(words.length) }
  }
  return undefined
}

function describe({ words, usage, summary }: Command): string {
  return `openmeet ${[words, usage].filter(Boolean).join(' ')}: ${summary}`
}

function showHelp(argv: readonly string[], say: (text: string) => void): number {
  const isAsked = argv.length === 0 || ['help', '--help', '-h'].includes(argv[0] ?? '')
  if (!isAsked) say(`openmeet: there is no command "${argv[0]}"\n`)
  const lines = commands.map(
    ({ words, usage, summary }) => `  ${[words, usage].filter(Boolean).join(' ').padEnd(50)} ${summary}`,
  )
  const demo = `  ${'demo'.padEnd(50)} the platform with a network of its own, for a look`
  const text = ['Usage: openmeet <command> [--json]', '', demo, ...lines].join('\n')
  if (isAsked) process.stdout.write(`${text}\n`)
  else say(text)
  return isAsked ? 0 : 2
}
