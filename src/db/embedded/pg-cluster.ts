import { chmod, chown, mkdir, mkdtemp, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../base/errors.ts'
import type { PgBinaries } from './pg-binaries.ts'
import { runProgram } from './run-program.ts'
import type { ServerUser } from './server-user.ts'

/** A data folder of PostgreSQL and how to run it. */
export type PgCluster = {
  folder: string
  binaries: PgBinaries
  user: ServerUser | undefined
  /** false: for tests, nothing is forced to the disk. */
  isDurable: boolean
}

/** Makes the data folder at the first start. Two processes may do so at once. Throws AppError. */
export async function ensureCluster(cluster: PgCluster, onProgress?: (message: string) => void): Promise<void> {
  const version = await findVersion(cluster.folder)
  if (version === undefined) {
    onProgress?.('Preparing the database')
    return initCluster(cluster)
  }
  const { major } = cluster.binaries
  if (version === major) return
  throw new AppError(
    'unavailable',
    `The database in ${cluster.folder} is of PostgreSQL ${version}; this OpenMeet brings PostgreSQL ${major}. ` +
      `Start it with the OpenMeet that wrote it and save it with pg_dump, move the folder away, and load it into the new one; ` +
      `or set DATABASE_URL to a PostgreSQL ${version} or newer that has the data.`,
  )
}

async function findVersion(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * `-D` for the server and initdb. A demoted server may not walk down to the folder (a clone under /root), but it is
 * started in it, and that link of the kernel leads there without asking the folders above.
 */
export function toDataOption({ folder, user }: PgCluster): string {
  return user && process.platform === 'linux' ? '/proc/self/cwd' : folder
}

const initOptions = [
  ...['--username=postgres', '--auth=trust', '--encoding=UTF8', '--data-checksums', '--no-instructions'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
]

// Made aside and moved there when it is whole: an interrupted first start leaves nothing half, and of two at once one wins.
async function initCluster(cluster: PgCluster): Promise<void> {
  const parent = join(cluster.folder, '..')
  await mkdir(parent, { recursive: true })
  await removeLeftovers(parent)
  const folder = await mkdtemp(join(parent, 'postgres.new-'))
  try {
    await giveTo(folder, cluster.user)
    const args = [
      '-D',
      toDataOption({ ...cluster, folder }),
      ...initOptions,
      ...(cluster.isDurable ? [] : ['--no-sync']),
    ]
    const { code, output } = await runProgram(join(cluster.binaries.folder, 'bin/initdb'), args, {
      user: cluster.user,
      cwd: folder,
    })
    if (code !== 0) throw new AppError('unavailable', `The database could not be prepared in ${parent}: ${output}`)
    await rename(folder, cluster.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    await syncFolder(parent)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A private folder of the server's user. */
export async function giveTo(folder: string, user: ServerUser | undefined): Promise<void> {
  await chmod(folder, 0o700)
  if (user) await chown(folder, user.uid, user.gid)
}

const leftoverAgeMs = 3600_000

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('postgres.new-')) continue
    const path = join(parent, name)
    const age = await stat(path).catch(() => undefined)
    if (age && age.mtimeMs < Date.now() - leftoverAgeMs) await rm(path, { recursive: true, force: true })
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}
