import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { nodeOptions, root } from '../scripts/bootstrap/run-with-node.mjs'

/** `openmeet start --roles …` as a process of its own. */
export class RoleProcess implements AsyncDisposable {
  /** The lines it wrote so far: its log and what it says to people. */
  readonly said: string[] = []
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.said.push(line))
  }

  /** Resolves when its roles run; throws with what it said where they never do. */
  static async start(roles: string, env: Record<string, string>): Promise<RoleProcess> {
    const child = spawn(process.execPath, [...nodeOptions(), 'src/main.ts', 'start', '--roles', roles], {
      cwd: root,
      // As its wrapper: it ends with us, whatever becomes of us. A broker is used only where the test says so.
      env: { ...process.env, OPENMEET_WRAPPER: String(process.pid), AMQP_URL: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const started = new RoleProcess(child)
    await started.#says('OpenMeet runs')
    return started
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  hasSaid(text: string): boolean {
    return this.said.some((line) => line.includes(text))
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone()
  }

  /** Asks it to end, and answers how it did. */
  async end(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await this.#gone()
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  async #says(text: string): Promise<void> {
    while (!this.hasSaid(text)) {
      if (this.#isGone) throw new Error(`It ended: ${this.said.join('\n')}`)
      await new Promise((done) => setTimeout(done, 10))
    }
  }

  get #isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async #gone(): Promise<void> {
    if (!this.#isGone) await once(this.#child, 'exit')
  }
}
