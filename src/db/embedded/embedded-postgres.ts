import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { AppError, errorText } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { backoffMs } from '../../base/retry.ts'
import { getPgBinaries } from './pg-binaries.ts'
import { type PgCluster, ensureCluster } from './pg-cluster.ts'
import { startPostmaster, stopPostmaster } from './postmaster.ts'
import { type PostmasterFile, findPostmasterFile, isPostmaster } from './postmaster-file.ts'
import { findServerUser } from './server-user.ts'
import { hasSocket, joinServer, leaveServer } from './server-seat.ts'
import { openSocketDir, removeSocketDir } from './socket-dir.ts'

export type EmbeddedOptions = {
  /** The server's data goes to `<dataDir>/postgres`, its log to `<dataDir>/postgres.log`. */
  dataDir: string
  log?: Log
  /** Told what takes a while, in a few words for people. */
  onProgress?: (message: string) => void
  /** false, for tests: faster, and lost with the power. */
  isDurable?: boolean
}

export type EmbeddedPostgres = AsyncDisposable & {
  connection: { host: string; user: string; database: string }
  /** The same as a URL, for psql and others: its folder counts, not its host, which URLs must have. */
  url: string
  pid: number
  /** Whether the server was there already: of another process of ours, or left by one that was killed. */
  adopted: boolean
}

const patienceMs = 6 * 60_000
const pauseMs = 10

/**
 * A PostgreSQL of our own on a Unix socket, made and started where it is not there yet.
 *
 * Every process that uses it holds a seat in it (a shared advisory lock of one connection), which is free again the
 * moment that process dies. Who leaves last stops the server, whoever started it; after kill -9 of the last one it lives
 * on until the next start, which adopts it. When it crashes, those who sit in it start it again on the same socket.
 * Throws AppError that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options)
  let stopping = false
  let seat = await takeSeat(cluster, options)
  watch(seat)

  function watch({ client }: Seat): void {
    client.once('end', () => {
      if (!stopping) recovery = recover()
    })
  }

  let recovery: Promise<void> = Promise.resolve()
  async function recover(): Promise<void> {
    options.log?.error('The embedded PostgreSQL is gone; starting it again')
    for (let attempt = 1; !stopping; attempt++) {
      try {
        seat = await takeSeat(cluster, options, seat.socketDir)
        return watch(seat)
      } catch (error) {
        options.log?.error('The embedded PostgreSQL does not start again', { error: errorText(error) })
        await wait(backoffMs(attempt, { firstMs: 100, maxMs: 10_000 }))
      }
    }
  }

  return {
    connection: { host: seat.socketDir, user: 'postgres', database: 'postgres' },
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(seat.socketDir)}`,
    pid: seat.pid,
    adopted: seat.adopted,
    async [Symbol.asyncDispose]() {
      stopping = true
      await recovery
      if (!(await leaveServer(seat.client))) return
      await stopPostmaster(seat.pid, cluster)
      await removeSocketDir(seat.socketDir)
    },
  }
}

async function openCluster({ dataDir, onProgress, isDurable = true }: EmbeddedOptions): Promise<PgCluster> {
  const folder = resolve(dataDir, 'postgres')
  const user = await findServerUser(folder)
  const cluster = { folder, user, isDurable, binaries: await getPgBinaries(user, dataDir) }
  await ensureCluster(cluster, onProgress)
  return cluster
}

type Seat = { client: Client; pid: number; socketDir: string; adopted: boolean }

/** Joins the server that is there, or starts one: until one of both works, whatever other processes do meanwhile. */
async function takeSeat(cluster: PgCluster, { onProgress }: EmbeddedOptions, wantedDir?: string): Promise<Seat> {
  let adopted = true
  const slow = setTimeout(() => onProgress?.('Waiting for the database'), 3000)
  try {
    for (const until = Date.now() + patienceMs; Date.now() < until; await wait(pauseMs)) {
      const file = await findPostmasterFile(cluster.folder)
      const living = file && (await isPostmaster(file.pid, cluster.folder)) ? file : undefined
      if (!living) adopted = !(await startServer(cluster, file, wantedDir)) && adopted
      const client = living?.status === 'ready' ? await joinLiving(cluster, living) : undefined
      if (living && client) return { client, pid: living.pid, socketDir: living.socketDir, adopted }
    }
  } finally {
    clearTimeout(slow)
  }
  throw new AppError('unavailable', `The database in ${cluster.folder} did not become ready`)
}

async function joinLiving(cluster: PgCluster, { pid, socketDir }: PostmasterFile): Promise<Client | undefined> {
  if (await hasSocket(socketDir)) return joinServer(socketDir)
  // Somebody cleaned up /tmp: nobody will ever reach this one again.
  await stopPostmaster(pid, cluster)
  return undefined
}

// The folder of a server that crashed is used again: the pools of other processes still look for it there.
async function startServer(
  cluster: PgCluster,
  stale: PostmasterFile | undefined,
  wantedDir?: string,
): Promise<boolean> {
  const wanted = wantedDir ?? stale?.socketDir
  const { socketDir, isNew } = await openSocketDir(cluster.user, wanted)
  let started = false
  try {
    started = await startPostmaster(cluster, { socketDir, stalePid: stale?.pid })
    return started
  } finally {
    if (isNew && !started) await removeSocketDir(socketDir)
  }
}
