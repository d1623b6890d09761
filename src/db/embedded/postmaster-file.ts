import { execFile } from 'node:child_process'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What PostgreSQL's postmaster.pid says of the server on a data folder. */
export type PostmasterFile = { pid: number; socketDir: string; status: string }

/** https://www.postgresql.org/docs/current/storage-file-layout.html: pid, folder, start time, port, socket folder, address, shared memory, status. */
export async function findPostmasterFile(folder: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, socketDir: lines[4] ?? '', status: lines[7] ?? '' } : undefined
}

/**
 * Whether this process is the server on the data folder: after a crash its number may have gone to another program, or
 * it may stay as a zombie where no init reaps it. PostgreSQL itself tells neither from a living server.
 */
export async function isPostmaster(pid: number, folder: string): Promise<boolean> {
  if (!exists(pid)) return false
  return process.platform === 'linux' ? isPostmasterByProc(pid, folder) : isPostmasterByPs(pid, folder)
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// proc(5): "pid (comm) state …". The server's working folder is its data folder.
async function isPostmasterByProc(pid: number, folder: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state] = /\((.*)\) (\S)/s.exec(stat) ?? []
  if (name !== 'postgres' || state === 'Z' || state === 'X') return false
  const own = await realpath(folder)
  return (await readlink(`/proc/${pid}/cwd`).catch(() => own)) === own
}

async function isPostmasterByPs(pid: number, folder: string): Promise<boolean> {
  const run = promisify(execFile)
  const { stdout } = await run('/bin/ps', ['-o', 'stat=,command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return !stdout.trim().startsWith('Z') && stdout.includes('postgres') && stdout.includes(folder)
}
