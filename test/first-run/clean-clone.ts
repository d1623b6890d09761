import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../scripts/bootstrap/run-with-node.mjs'

const runFile = promisify(execFile)
let clone: string

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'openmeet-clone-'))
  const { stdout } = await runFile('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 16 * 1024 * 1024 })
  for (const file of stdout.split('\0').filter(Boolean)) await cp(join(root, file), join(clone, file))
})
afterAll(() => rm(clone, { recursive: true, force: true }))

/** As somebody types it who has just cloned: by the Node of the machine, whichever that is. */
async function type(...words: string[]) {
  const { OPENMEET_WRAPPER: _, npm_lifecycle_event: __, ...env } = process.env
  const started = performance.now()
  const { stdout, stderr } = await runFile('node', words, { cwd: clone, env })
  return { out: stdout, error: stderr, ms: performance.now() - started }
}

test('the first command ever typed works, and so does another typed meanwhile', async () => {
  const [help, version] = await Promise.all([type('bin/openmeet', 'help'), type('scripts/with-node.mjs', '--version')])
  expect(help.out).toContain('Usage: openmeet <command>')
  expect(version.out).toMatch(/^v\d+/)
  const said = help.error + version.error
  expect(said.match(/installing the packages took/g)).toHaveLength(1)
  expect(await readdir(clone)).toEqual(expect.arrayContaining(['node_modules']))
})

test('the second begins at once, and says nothing of its own', async () => {
  const runs = [await type('scripts/with-node.mjs', '-e', '0'), await type('scripts/with-node.mjs', '-e', '0')]
  expect(Math.min(...runs.map(({ ms }) => ms))).toBeLessThan(3000)
  expect(runs.map(({ error }) => error)).toEqual(['', ''])
})

test('an install that was cut short is done again', async () => {
  await rm(join(clone, 'node_modules/.package-lock.json'))
  expect((await type('bin/openmeet', 'help')).error).toContain('installing the packages took')
})
