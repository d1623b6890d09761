import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from '../sandbox/ports.ts'

const program = '/usr/lib/rabbitmq/bin/rabbitmq-server'
/** Undefined where a broker of one's own can be started. */
export const whyNoPrivateBroker = existsSync(program) ? undefined : 'rabbitmq-server is not installed'

/** A RabbitMQ that only this test uses, so that it may be killed. Its data outlives the kills. */
export class PrivateBroker implements AsyncDisposable {
  readonly url: string
  kills = 0
  readonly #folder: string
  readonly #env: Record<string, string>
  readonly #port: number
  #child: ChildProcess | undefined

  private constructor(folder: string, port: number, distPort: number) {
    this.#folder = folder
    this.#port = port
    this.url = `amqp://guest:guest@127.0.0.1:${port}`
    this.#env = {
      RABBITMQ_NODENAME: `openmeet-test-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'config'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      // Two schedulers and no busy waiting: it shares the machine with the tests.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      HOME: folder,
    }
  }

  static async start(): Promise<PrivateBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'openmeet-rabbitmq-'))
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'plugins'), '[].\n')
    const broker = new PrivateBroker(folder, await findFreePort(), await findFreePort())
    await broker.restart()
    return broker
  }

  async restart(): Promise<void> {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...this.#env }
    const child = spawn(program, [], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#child = child
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)))
    for (let n = 0; n < 1200; n++) {
      if (child.exitCode !== null) throw new Error(`RabbitMQ ended with ${child.exitCode}:\n${said}`)
      if (await this.#answers()) return
      await wait(50)
    }
    throw new Error(`RabbitMQ did not answer within a minute:\n${said}`)
  }

  /** As by a power cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
    this.kills++
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    // Its whole group: the server is a child of a shell.
    process.kill(-child.pid, signal)
    await ended
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
  }
}
