import { parseArgs } from 'node:util'
import { createEndSignal } from '../src/base/end-signal.ts'
import { AppError, errorText } from '../src/base/errors.ts'
import { logLevels } from '../src/base/log.ts'
import { readChoice } from '../src/base/read-env.ts'
import { readDemoOptions } from './demo-options.ts'
import { muteTimingWarnings } from './mute-timing-warnings.ts'
import { sandboxPassword } from './net.ts'
import { PortTakenError } from './ports.ts'
import { type DemoFile, startDemo } from './start-demo.ts'

const usage =
  'usage: npm run demo [-- --json]    ports and folder: PORT PDS_PORT PLC_PORT RELAY_PORT APPVIEW_PORT SMTP_PORT DATA_DIR'
/** What does not end by itself in this time is left. */
const graceMs = 10_000

const signal = createEndSignal()
signal.addEventListener('abort', () => {
  say('ending …')
  setTimeout(() => process.exit(1), graceMs).unref()
})

const begun = performance.now()

function tellProgress(line: string): void {
  say(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`)
}

/** For people: progress and what is wrong. Answers go to stdout. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function main(args: string[]): Promise<number> {
  const wanted = readArgs(args)
  if (!wanted) {
    say(usage)
    return 2
  }
  if (wanted.help) {
    console.log(usage)
    return 0
  }
  const options = await readDemoOptions(process.env)
  const logLevel = readChoice(process.env, 'LOG_LEVEL', logLevels) ?? 'warn'
  const { file, demo, stack } = await startDemo({ options, logLevel, onProgress: tellProgress, signal })
  await using _ = stack
  tellProgress('ready')
  if (wanted.json) console.log(JSON.stringify(demo))
  else console.log(describe(demo, file))
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  return 0
}

function readArgs(args: string[]): { json?: boolean; help?: boolean } | undefined {
  try {
    return parseArgs({ args, options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values
  } catch {
    return undefined
  }
}

function describe({ appUrl, accounts }: DemoFile, file: string): string {
  const handles = accounts.map(({ handle }) => handle).join(', ')
  return `\n  ${appUrl}\n\n  sign in as ${handles}\n  with the password ${sandboxPassword}\n\ndemo ready ${file}`
}

/** 0 also for an end that was asked for; 2 for values that are wrong; 1 for everything else. */
async function run(): Promise<number> {
  try {
    return await main(process.argv.slice(2))
  } catch (error) {
    if (signal.aborted) return 0
    const isForPeople = error instanceof AppError || error instanceof PortTakenError
    say(`demo: ${isForPeople || !(error instanceof Error) ? errorText(error) : (error.stack ?? error.message)}`)
    return error instanceof AppError && error.code === 'invalid-input' ? 2 : 1
  }
}

muteTimingWarnings()
process.exit(await run())
