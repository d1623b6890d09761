import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { endOnSignal } from './end-on-signal.mjs'
import { showProgress } from './progress.mjs'

const options = [
  '--ignore-scripts',
  '--include=dev',
  '--include=optional',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]

const debianModules = '/usr/share/nodejs'

/**
 * `npm ci` in a folder; throws with what npm said when it fails. `node` is what will run what is installed: npm leaves
 * out optional packages, such as those with binaries, that say they need a newer one than runs npm.
 * @param {{ folder: string, node: string, label: string, lock: import('./folder-lock.mjs').FolderLock }} options_
 */
export async function runNpm({ folder, node, label, lock }) {
  const npmFile = findNpm()
  const args = [npmFile, 'ci', '--prefix', folder, ...options]
  // npm hands its workspace and prefix to what it runs; this one has its own.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_(local_)?prefix$|^npm_config_workspace/i.test(name)),
  )
  // Debian's npm finds its own packages there, but only by Debian's own Node.
  if (npmFile.startsWith(debianModules)) env['NODE_PATH'] = debianModules
  const npm = spawn(node, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  lock.addProcess(npm.pid)
  // SIGKILL, because npm finishes what it began at any other; what it leaves is not taken for installed.
  const stopListening = endOnSignal(() => npm.kill('SIGKILL'))
  let said = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (said += chunk))
  const code = await showProgress(label, () => new Promise((done) => npm.on('close', done)))
  stopListening()
  if (code !== 0) throw new Error(`npm could not install into ${folder}:\n${said.trim()}`)
}

/** The npm that started us, else the one on the PATH, whichever Node it belongs to. */
function findNpm() {
  const started = process.env['npm_execpath']
  if (started && basename(started) === 'npm-cli.js' && existsSync(started)) return started
  const folders = [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const folder of folders) {
    const beside = join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js')
    if (existsSync(beside)) return beside
    const npm = join(folder, 'npm')
    if (process.platform !== 'win32' && existsSync(npm) && basename(realpathSync(npm)) === 'npm-cli.js')
      return realpathSync(npm)
  }
  throw new Error('needs npm to install its packages, and there is none on the PATH')
}
