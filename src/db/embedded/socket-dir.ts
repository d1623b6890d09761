import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { giveTo } from './pg-cluster.ts'
import type { ServerUser } from './server-user.ts'

const pattern = /^\/.*\/openmeet-[A-Za-z0-9]{6}$/

/**
 * A private folder for the socket: under /tmp where it can be, since the path of a Unix socket has at most 103 bytes and
 * TMPDIR may be long or closed to the server's user. `wanted` is opened again where it is still ours, or made anew where
 * it is gone.
 */
export async function openSocketDir(
  user: ServerUser | undefined,
  wanted: string | undefined,
): Promise<{ socketDir: string; isNew: boolean }> {
  if (wanted && (await isOurs(wanted, user))) return { socketDir: wanted, isNew: false }
  const socketDir = (await makeWanted(wanted)) ?? (await makeFresh())
  await giveTo(socketDir, user)
  return { socketDir, isNew: true }
}

async function isOurs(folder: string, user: ServerUser | undefined): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  const isPrivate =
    found?.isDirectory() && (found.mode & 0o077) === 0 && found.uid === (user?.uid ?? process.getuid?.())
  return pattern.test(folder) && isPrivate === true
}

// Exclusive: where somebody else has put something there, it is not used.
async function makeWanted(wanted: string | undefined): Promise<string | undefined> {
  if (!wanted || !pattern.test(wanted)) return undefined
  return mkdir(wanted, { mode: 0o700 }).then(
    () => wanted,
    () => undefined,
  )
}

async function makeFresh(): Promise<string> {
  return mkdtemp('/tmp/openmeet-').catch(() => mkdtemp(join(tmpdir(), 'openmeet-')))
}

/** Only a folder that was made here, whatever a file of the server said. */
export async function removeSocketDir(socketDir: string): Promise<void> {
  if (pattern.test(socketDir)) await rm(socketDir, { recursive: true, force: true })
}
