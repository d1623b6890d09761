import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The platform as a process of its own that is killed and started again, as often as one likes. */
export class ChaosPlatform {
  readonly #env: Record<string, string>
  #child: ChildProcess | undefined
  kills = 0
  readonly url: string

  constructor(env: Record<string, string>) {
    this.#env = env
    this.url = `http://127.0.0.1:${env['PORT']}`
  }

  async start(): Promise<void> {
    const args = [...process.execArgv, 'src/main.ts', 'start']
    // Without the wrapper's variable: this process, not the wrapper, is its parent.
    const { OPENMEET_WRAPPER: _, ...env } = process.env
    this.#child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...env, ...this.#env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    this.#child.stderr?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)))
    for (let n = 0; n < 1200; n++) {
      if (this.#child.exitCode !== null) throw new Error(`The platform ended with ${this.#child.exitCode}:\n${said}`)
      if (await this.isReady()) return
      await wait(50)
    }
    throw new Error(`The platform was not ready after a minute:\n${said}`)
  }

  isReady(): Promise<boolean> {
    return fetch(`${this.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    if (signal === 'SIGKILL') this.kills++
  }
}
