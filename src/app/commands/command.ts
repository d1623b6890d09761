import type { ParseArgsConfig } from 'node:util'
import type { Config } from '../../base/config.ts'
import type { Log } from '../../base/log.ts'
import type { Output } from './output.ts'

export type CommandContext = {
  config: Config
  log: Log
  output: Output
  /** What follows the command's own words. */
  words: readonly string[]
  flags: Readonly<Record<string, string | boolean | string[] | undefined>>
  /** Aborts when the person, or the system, asks the program to end. */
  signal: AbortSignal
}

/** One command of the operator's tool. `words` are its name: `dead-letters list`. */
export type Command = {
  words: string
  /** What may follow, for the help. */
  usage: string
  summary: string
  flags?: NonNullable<ParseArgsConfig['options']>
  run: (context: CommandContext) => Promise<void>
}

/** Wrong use of a command: said in one line, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command has done its work and found what is wrong: exit code 1, without an error of its own. */
export class FailedCheck extends Error {
  override readonly name = 'FailedCheck'
}
