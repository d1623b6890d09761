import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRunnable } from './pg-binaries.ts'
import { pickUser } from './server-user.ts'

const nobody = { name: 'nobody', uid: 65534, gid: 65534 }
let base: string

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'openmeet-binaries-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

/** As npm leaves it with --ignore-scripts: a program, a library, and no link to it. */
async function installPackage(name: string, program = 'echo "postgres 18"'): Promise<string> {
  const native = join(base, name, 'native')
  await mkdir(join(native, 'bin'), { recursive: true })
  await mkdir(join(native, 'lib'))
  const script = `#!/bin/sh\ncd "$(dirname "$0")/../lib" && cat libpq.so.5 >/dev/null && ${program}\n`
  await writeFile(join(native, 'bin/postgres'), script, { mode: 0o755 })
  await writeFile(join(native, 'lib/libpq.so.5.18'), '')
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  return native
}

describe('the PostgreSQL from npm', () => {
  test('gets the links that its install script would have made, also from two processes at once', async () => {
    const native = await installPackage('plain')
    const places = { native, copy: join(base, 'unused') }
    expect(await Promise.all([makeRunnable(places, undefined), makeRunnable(places, undefined)])).toEqual([
      native,
      native,
    ])
    expect((await lstat(join(native, 'lib/libpq.so.5'))).isSymbolicLink()).toBe(true)
  })

  test.runIf(process.getuid?.() === 0)('is copied once to where the server’s user can read it', async () => {
    await mkdir(join(base, 'closed'), { mode: 0o700 })
    await chmod(base, 0o755)
    const native = await installPackage('closed')
    const places = { native, copy: join(base, 'open/cache/postgres-18') }
    await Promise.all([makeRunnable(places, nobody), makeRunnable(places, nobody)])
    const made = await lstat(places.copy)
    expect(await makeRunnable(places, nobody)).toBe(places.copy)
    expect((await lstat(places.copy)).ctimeMs).toBe(made.ctimeMs)
    expect(await readdir(join(base, 'open/cache'))).toEqual(['postgres-18'])
  })

  test('that does not run is said in its own words', async () => {
    const native = await installPackage('broken', 'echo "version GLIBC_2.99 not found" >&2; exit 1')
    const starting = makeRunnable({ native, copy: join(base, 'broken-copy') }, undefined)
    await expect(starting).rejects.toThrow(/does not run here: version GLIBC_2.99 not found\. Set DATABASE_URL/)
  })
})

test('the first of a few unprivileged users runs the server, and root never does', () => {
  const line = (name: string, uid: number) => `${name}:x:${uid}:${uid}::/:/bin/sh`
  const passwd = [line('root', 0), line('nobody', 65534), line('postgres', 101), '', '# x'].join('\n')
  expect(pickUser(passwd)).toEqual({ name: 'postgres', uid: 101, gid: 101 })
  expect(pickUser(line('nobody', 65534))).toEqual(nobody)
  expect(pickUser(line('node', 0))).toBeUndefined()
})
