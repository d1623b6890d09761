import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../../base/errors.ts'
import { type PgCluster, toDataOption } from './pg-cluster.ts'
import { findPostmasterFile, isPostmaster } from './postmaster-file.ts'
import { programEnv, toIds } from './run-program.ts'

const pollMs = 4
/** Recovery after a crash reads at most max_wal_size of log again. */
const startTimeoutMs = 5 * 60_000
const fastShutdownMs = 30_000

// Small: a town's events fit into 64 MB, and the platform shares the machine. Nothing listens on the network.
const settings = [
  ...['listen_addresses=', 'unix_socket_permissions=0700', 'max_connections=80', 'timezone=UTC', 'log_timezone=UTC'],
  ...[
    'shared_buffers=64MB',
    'work_mem=8MB',
    'maintenance_work_mem=64MB',
    'effective_cache_size=512MB',
    'huge_pages=off',
  ],
  ...['jit=off', 'random_page_cost=1.1', 'max_parallel_workers_per_gather=0', 'io_method=sync'],
  ...['wal_level=minimal', 'max_wal_senders=0', 'max_logical_replication_workers=0', 'max_wal_size=512MB'],
  // Refused rows are answers to us, not news, and their text holds what people wrote.
  ...['log_min_messages=log', 'log_min_error_statement=panic', 'log_checkpoints=off'],
]
const carelessSettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off']

export type StartOptions = {
  socketDir: string
  /** The pid in a postmaster.pid that a crash left behind. */
  stalePid?: number | undefined
}

/**
 * Starts the server and waits until it takes connections. False where another process was faster: then that one's
 * server is there. Throws AppError with PostgreSQL's own words where it does not start.
 */
export async function startPostmaster(cluster: PgCluster, { socketDir, stalePid }: StartOptions): Promise<boolean> {
  const logFile = join(cluster.folder, '../postgres.log')
  const log = await open(logFile, (await sizeOf(logFile)) > 1_000_000 ? 'w' : 'a', 0o600)
  const logStart = await sizeOf(logFile)
  const child = spawnPostmaster(cluster, socketDir, { logFd: log.fd, stalePid })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`))
  })
  await log.close()
  child.unref()
  const reason = await waitUntilReady(child, cluster.folder, ended)
  if (reason === undefined) return true
  const said = (await readFile(logFile, 'utf8').catch(() => '')).slice(logStart)
  // The lock file and the shared memory of a living server are PostgreSQL's own interlock: no two ever run on one folder.
  if (/lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(said)) return false
  const words = said.match(/(?:FATAL|PANIC):.*(?:\n.*HINT:.*)?/g)?.at(-1) ?? (said.trim().slice(-300) || reason)
  throw new AppError('unavailable', `The database in ${cluster.folder} does not start: ${words} (see ${logFile})`)
}

type Launch = { logFd: number; stalePid?: number | undefined }

function spawnPostmaster(cluster: PgCluster, socketDir: string, { logFd, stalePid }: Launch): ChildProcess {
  const values = cluster.isDurable ? settings : [...settings, ...carelessSettings]
  const args = ['-D', toDataOption(cluster), '-k', socketDir, ...values.flatMap((value) => ['-c', value])]
  return spawn(join(cluster.binaries.folder, 'bin/postgres'), args, {
    ...toIds(cluster.user),
    cwd: cluster.folder,
    // A session of its own: Ctrl-C at the terminal reaches us, and we end it after our own work is done.
    detached: true,
    // To a file: when we are killed the server lives on, and a pipe would break.
    stdio: ['ignore', logFd, logFd],
    // PostgreSQL takes this pid for one of its own and looks no further whether it lives: the lock it left is replaced.
    env: stalePid === undefined ? programEnv : { ...programEnv, PG_GRANDPARENT_PID: String(stalePid) },
  })
}

/** Undefined when it is ready, else why it will not be. */
async function waitUntilReady(
  child: ChildProcess,
  folder: string,
  ended: Promise<string>,
): Promise<string | undefined> {
  for (const until = Date.now() + startTimeoutMs; Date.now() < until;) {
    const reason = await Promise.race([ended, wait(pollMs)])
    if (reason !== undefined) return reason
    const file = await findPostmasterFile(folder)
    if (file?.pid === child.pid && file?.status === 'ready') return undefined
  }
  return `it was not ready after ${startTimeoutMs / 1000} seconds`
}

/** Ends a server with all its connections (fast shutdown), and returns when it is gone. */
export async function stopPostmaster(pid: number, cluster: PgCluster): Promise<void> {
  kill(pid, cluster.isDurable ? 'SIGINT' : 'SIGQUIT')
  for (let left = fastShutdownMs; await isPostmaster(pid, cluster.folder); left -= pollMs) {
    // What an immediate shutdown leaves undone is done by recovery at the next start.
    if (left <= 0) kill(pid, 'SIGQUIT')
    await wait(pollMs)
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}
