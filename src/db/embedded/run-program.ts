import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { ServerUser } from './server-user.ts'

export type RunOptions = { user?: ServerUser | undefined; cwd?: string }

/** PostgreSQL's programs see nothing of our environment: PGDATA, PGPORT or a locale in it would change what they do. */
export const programEnv = { LC_ALL: 'C', TZ: 'UTC' }

/** Runs a program to its end. `code` is null where it did not start or was killed; `output` then says why. */
export function runProgram(
  file: string,
  args: string[],
  { user, cwd }: RunOptions,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env: programEnv, stdio: ['ignore', 'pipe', 'pipe'], ...toIds(user) })
    let output = ''
    const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000))
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', (error) => resolve({ code: null, output: startFailure(file, error) }))
    child.once('close', (code, signal) => resolve({ code, output: output.trim() || `ended by ${signal ?? code}` }))
  })
}

export function toIds(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {}
}

/** Also a program that is there is "not found" where its loader is not: musl instead of glibc. */
function startFailure(file: string, error: NodeJS.ErrnoException): string {
  const isLoaderMissing = error.code === 'ENOENT' && existsSync(file)
  return isLoaderMissing ? 'it needs a Linux with glibc, not musl' : error.message
}
