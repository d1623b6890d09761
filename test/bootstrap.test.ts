import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../scripts/bootstrap/run-with-node.mjs'

const withNode = join(root, 'scripts/with-node.mjs')
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'openmeet-bootstrap-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** As somebody types it: by the Node of the machine, whichever that is. */
function start(file: string, ...args: string[]): ChildProcess {
  const { OPENMEET_WRAPPER: _, npm_lifecycle_event: __, ...env } = process.env
  return spawn('node', [file, ...args], { cwd: scratch, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function run(file: string, ...args: string[]) {
  const child = start(file, ...args)
  const end = once(child, 'exit')
  const [out, error] = await Promise.all([read(child.stdout), read(child.stderr)])
  const [code, signal] = (await end) as [number | null, NodeJS.Signals | null]
  return { out, error, code, signal }
}

const read = async (stream: ChildProcess['stdout']) => (stream ? text(stream) : '')

async function script(name: string, source: string): Promise<string> {
  const file = join(scratch, name)
  await writeFile(file, source)
  return file
}

/** Says its number, ends with 3 when it is asked to, and else never. */
const patient = `
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(3))
  setInterval(() => {}, 1000)
  console.log(process.pid)
`

async function startPatient() {
  const wrapper = start(withNode, await script('patient.ts', patient))
  const [line] = (await once(wrapper.stdout ?? wrapper, 'data')) as [Buffer]
  return { wrapper, pid: Number(line.toString()) }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The fastest of a few, in milliseconds. */
async function timeOf(task: () => Promise<unknown>): Promise<number> {
  const times = []
  for (let n = 0; n < 3; n++) {
    const before = performance.now()
    await task()
    times.push(performance.now() - before)
  }
  return Math.min(...times)
}

describe('a command', { timeout: 60_000 }, () => {
  test('runs on a Node that is new enough, wherever it is typed, with what it was given', async () => {
    const file = await script(
      'args.ts',
      `const said: string[] = process.argv.slice(2); console.log(JSON.stringify(said))`,
    )
    expect(await run(withNode, file, 'a b', '--json', '')).toMatchObject({ out: '["a b","--json",""]\n', code: 0 })
    const { out } = await run(withNode, '--version')
    expect(Number(/^v(\d+)/.exec(out)?.[1])).toBeGreaterThanOrEqual(24)
  })

  test('understands .tsx', async () => {
    const page = join(root, 'src/web/ui/face.tsx')
    const { out } = await run(withNode, '-e', `import('${page}').then((module) => console.log(Object.keys(module)))`)
    expect(out).toContain('Face')
  })

  test('costs less than a second before it begins', async () => {
    const empty = await script('empty.mjs', '')
    const [plain, wrapped] = [await timeOf(() => run(empty)), await timeOf(() => run(withNode, empty))]
    // A machine that has others to serve takes longer for everything.
    expect(wrapped).toBeLessThan(Math.max(1000, plain * 15))
  })

  test('gives back its exit code, and its signal', async () => {
    expect(await run(withNode, '-e', 'process.exit(7)')).toMatchObject({ code: 7, signal: null })
    expect(await run(withNode, '-e', `process.kill(process.pid, 'SIGKILL')`)).toMatchObject({ signal: 'SIGKILL' })
    expect((await run(withNode, '-e', `throw new Error('no')`)).code).toBe(1)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends at %s as it wants to', async (signal) => {
    const { wrapper, pid } = await startPatient()
    wrapper.kill(signal)
    expect(await once(wrapper, 'exit')).toEqual([3, null])
    expect(isAlive(pid)).toBe(false)
  })

  test('ends when its wrapper is killed', async () => {
    const { wrapper, pid } = await startPatient()
    wrapper.kill('SIGKILL')
    await once(wrapper, 'exit')
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false)
  })
})

describe('openmeet', { timeout: 60_000 }, () => {
  const openmeet = join(root, 'bin/openmeet')

  test('says what it can do', async () => {
    const help = await run(openmeet, 'help')
    expect(help).toMatchObject({ code: 0, error: '' })
    expect(help.out).toMatch(/^Usage: openmeet <command>[^]*start \[--roles/)
  })

  test('ends with 2 where it was called wrongly, and says why on stderr', async () => {
    expect(await run(openmeet, 'strat')).toMatchObject({ code: 2, out: '', error: expect.stringContaining('"strat"') })
    expect(await run(openmeet, 'start', '--roles', 'wbe')).toMatchObject({ code: 2, out: '' })
  })
})

describe('the lock of a first run', () => {
  const lockModule = join(root, 'scripts/bootstrap/folder-lock.mjs')
  const holding = (folder: string, work: string) => `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as wait } from 'node:timers/promises'
    import { withFolderLock } from '${lockModule}'
    const say = (text) => appendFileSync('${scratch}/said', text + '\\n')
    await withFolderLock('${folder}', async () => { console.log('in'); ${work} })
  `

  test('lets one in at a time', async () => {
    const folder = join(scratch, 'lock')
    const file = await script('hold.mjs', holding(folder, `say('in'); await wait(150); say('out')`))
    const all = await Promise.all(Array.from({ length: 4 }, () => run(file)))
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(await readFile(join(scratch, 'said'), 'utf8')).toBe('in\nout\n'.repeat(4))
    expect(await readdir(folder)).toEqual([])
  })

  test('does not outlive who held it and was killed', async () => {
    const folder = join(scratch, 'dead')
    const holder = start(await script('die.mjs', holding(folder, 'await wait(60_000)')))
    await once(holder.stdout ?? holder, 'data')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const next = await run(await script('next.mjs', holding(folder, '')))
    expect(next).toMatchObject({ code: 0, out: 'in\n' })
    expect(await readdir(folder)).toEqual([])
  })
})
