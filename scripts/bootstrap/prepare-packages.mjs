import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withFolderLock } from './folder-lock.mjs'
import { runNpm } from './run-npm.mjs'

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockedPackage */

/**
 * Installs the packages when the lockfile is not what is installed. Nothing is compiled and no package's scripts run.
 * @param {string} root the project's folder @param {string} node what will run them
 */
export async function preparePackages(root, node) {
  if (areInstalled(root)) return
  await withFolderLock(join(root, '.runtime'), async (lock) => {
    if (!areInstalled(root)) await runNpm({ folder: root, node, lock, label: 'installing the packages' })
  })
}

/** npm's own record of what it installed is written last and removed first, so an interrupted install has none. @param {string} root */
function areInstalled(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  const wanted = readPackages(join(root, 'package-lock.json'))
  if (!wanted) throw new Error('package-lock.json is missing or unreadable')
  return (
    Boolean(installed) &&
    Object.entries(wanted).every(([path, one]) => path === '' || isInstalled(one, installed?.[path]))
  )
}

/** @param {string} path @returns {Record<string, LockedPackage> | undefined} */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** @param {LockedPackage} wanted @param {LockedPackage | undefined} installed */
function isInstalled(wanted, installed) {
  if (!installed) return Boolean(wanted.optional) && !isForThisMachine(wanted)
  return installed.version === wanted.version && installed.integrity === wanted.integrity
}

/** What names a C library is left to npm: telling them apart takes longer than everything else here. @param {LockedPackage} one */
function isForThisMachine({ os, cpu, libc }) {
  return Boolean(os?.includes(process.platform) && cpu?.includes(process.arch) && !libc)
}
