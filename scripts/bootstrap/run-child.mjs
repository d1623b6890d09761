import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} ChildEnd */

/**
 * Runs a program with our streams and our signals, and tells how it ended.
 * @param {string} file @param {string[]} args @returns {Promise<ChildEnd>}
 */
export async function runChild(file, args) {
  const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, OPENMEET_WRAPPER: String(process.pid) } })
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (!(isFromKeyboard(signal) && isForeground())) child.kill(signal)
  }
  for (const signal of signals) process.on(signal, forward)
  try {
    return await new Promise((done, fail) => {
      child.on('error', fail)
      child.on('exit', (code, signal) => done({ code, signal }))
    })
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}

/** Ends this process the way its child ended. @param {ChildEnd} end */
export function endLike({ code, signal }) {
  process.exitCode = code ?? 1
  if (signal) process.kill(process.pid, signal)
}

/** @type {NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** @param {NodeJS.Signals} signal */
const isFromKeyboard = (signal) => signal === 'SIGINT' || signal === 'SIGQUIT'

/**
 * Whether Ctrl-C in the terminal reaches our child without us: the terminal signals its whole foreground group. Forwarding
 * it then would be a second Ctrl-C, which asks programs to drop everything.
 */
function isForeground() {
  try {
    const [, , group, , , foreground] = (/\) (.*)$/s.exec(readFileSync('/proc/self/stat', 'utf8'))?.[1] ?? '').split(
      ' ',
    )
    return group === foreground
  } catch {
    return process.stdin.isTTY || process.stderr.isTTY
  }
}
