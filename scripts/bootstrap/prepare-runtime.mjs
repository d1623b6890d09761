import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withFolderLock } from './folder-lock.mjs'
import { runNpm } from './run-npm.mjs'

const oldestUsable = 24
const here = new URL('.', import.meta.url)

/**
 * The path of a Node that runs the project: this one when it is new enough, else one fetched into .runtime/.
 * @param {string} root the project's folder
 */
export async function prepareRuntime(root) {
  if (Number.parseInt(process.versions.node, 10) >= oldestUsable) return process.execPath
  const { name, version } = findPackage()
  const home = join(root, '.runtime', `${name}-${version}`)
  const node = join(home, process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(node)) return node
  await withFolderLock(join(root, '.runtime'), async (lock) => {
    if (!existsSync(node)) await fetchRuntime({ name, version, home, lock })
  })
  return node
}

/** The package that holds Node's binary for this machine; its lockfile lists them all with their hashes. */
function findPackage() {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', here), 'utf8'))
  for (const [path, { version, os, cpu }] of Object.entries(packages))
    if (os === process.platform && cpu === process.arch) return { name: path.replace('node_modules/', ''), version }
  throw new Error(
    `needs Node ${oldestUsable} or newer (this is ${process.versions.node}), and there is none to fetch for ${process.platform} on ${process.arch}: install it from https://nodejs.org`,
  )
}

/**
 * Only the binary is kept (headers and manuals are a third of the package), and only when it runs.
 * @param {{ name: string, version: string, home: string, lock: import('./folder-lock.mjs').FolderLock }} runtime
 */
async function fetchRuntime({ name, version, home, lock }) {
  const parent = join(home, '..')
  for (const left of readdirSync(parent)) if (left.startsWith('fetch-')) rmSync(join(parent, left), { recursive: true })
  const folder = join(parent, `fetch-${process.pid}`)
  mkdirSync(folder)
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(new URL(file, here), join(folder, file))
  await runNpm({ folder, node: process.execPath, lock, label: `fetching Node ${version}` })
  const binaries = join(folder, 'node_modules', name, 'bin')
  const found = askVersion(join(binaries, 'node'))
  if (found !== `v${version}`) throw new Error(`fetched Node ${version}, but it says it is ${found}`)
  renameSync(binaries, home)
  rmSync(folder, { recursive: true })
}

/** @param {string} node */
function askVersion(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  } catch (error) {
    const said = String(/** @type {{ stderr?: string }} */ (error).stderr || error).trim()
    const library = /lib(\w+)\.so[.\d]*: cannot open shared object/.exec(said)?.[1]
    // Small images come without it: `apt-get install libatomic1`, `dnf install libatomic`.
    const mend = library
      ? `the system's package of lib${library} (Debian: lib${library}1) and try again, or install `
      : ''
    throw new Error(
      `the fetched Node does not run here: ${said}\nInstall ${mend}Node ${oldestUsable} or newer yourself.`,
      { cause: error },
    )
  }
}
