import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { showProgress } from './progress.mjs'

/** @typedef {{ addProcess: (pid: number | undefined) => void }} FolderLock */

const beat = 2_000
const patience = 30_000

/**
 * Runs `work` while nobody else works in the folder, on this machine or on another that shares it.
 * The lock is the folder `lock-N` with the highest N: who finds its holder dead makes the next one, and only one can.
 * @param {string} folder @param {(lock: FolderLock) => Promise<void>} work
 */
export async function withFolderLock(folder, work) {
  mkdirSync(folder, { recursive: true })
  const number =
    tryLock(folder) ?? (await showProgress('waiting for another first run in this folder', () => waitForLock(folder)))
  const path = lockPath(folder, number)
  const pids = [process.pid]
  /** Who the lock belongs to: work that outlives this process keeps it. @param {number} [pid] */
  const addProcess = (pid) => {
    if (pid !== undefined) pids.push(pid)
    writeFileSync(join(path, 'holder.json'), JSON.stringify({ host: hostname(), pids }))
  }
  const unlock = () =>
    lockNumbers(folder).forEach(
      (one) => one <= number && rmSync(lockPath(folder, one), { recursive: true, force: true }),
    )
  const heart = setInterval(() => utimesSync(path, new Date(), new Date()), beat)
  process.once('exit', unlock)
  addProcess()
  try {
    await work({ addProcess })
  } finally {
    clearInterval(heart)
    process.off('exit', unlock)
    unlock()
  }
}

/** @param {string} folder @param {number} number */
const lockPath = (folder, number) => join(folder, `lock-${number}`)

/** In ascending order. @param {string} folder */
const lockNumbers = (folder) =>
  readdirSync(folder)
    .map((name) => Number(/^lock-(\d+)$/.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => a - b)

/** @param {string} folder @returns {number | undefined} */
function tryLock(folder) {
  const last = lockNumbers(folder).at(-1)
  if (last !== undefined && !isDead(lockPath(folder, last))) return undefined
  const number = (last ?? 0) + 1
  try {
    mkdirSync(lockPath(folder, number))
    return number
  } catch {
    return undefined
  }
}

/** @param {string} folder */
async function waitForLock(folder) {
  for (;;) {
    const number = tryLock(folder)
    if (number !== undefined) return number
    await wait(200)
  }
}

/** Without a sign of life for long, or its processes are known to be gone. @param {string} path */
function isDead(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > patience) return true
    const { host, pids } = JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8'))
    return host === hostname() && !pids.some(isAlive)
  } catch {
    return false // just being made or just given back: the next look will tell
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}
