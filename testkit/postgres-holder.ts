import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

type Held = { pid: number; url: string; adopted: boolean }

/** Who it runs as, and whether the folder goes with it. */
type HolderOptions = Pick<SpawnOptions, 'uid' | 'gid'> & { isTemporary?: boolean }

const script = fileURLToPath(new URL('hold-postgres.ts', import.meta.url))

/** Another process that uses the embedded database in a folder. */
export class PostgresHolder implements AsyncDisposable {
  readonly held: Held
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, held: Held) {
    this.#child = child
    this.held = held
  }

  /** Throws with what the process said where it did not start. */
  static async start(dataDir: string, { isTemporary, ...ids }: HolderOptions = {}): Promise<PostgresHolder> {
    const args = [script, dataDir, ...(isTemporary ? ['temporary'] : [])]
    // A session of its own: Ctrl-C is for us, and what we do about it may need the database.
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, ...ids })
    const said = text(child.stderr)
    const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown]
    if (Buffer.isBuffer(line)) return new PostgresHolder(child, JSON.parse(line.toString()) as Held)
    throw new Error((await said).trim())
  }

  /** As the kernel or an impatient person would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end()
    await this.#gone()
  }

  async #gone(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}
