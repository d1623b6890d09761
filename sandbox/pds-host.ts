import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import type { PDS, ServerEnvironment } from '@atproto/pds'
import { trackSockets } from './loopback-server.ts'

export type PdsOptions = {
  port: number
  /** Where it really listens, with something else at `port` before it. */
  behind?: number | undefined
  dataDir: string
  plcUrl: string
  /** Where its own mails go (confirmations, password resets). */
  smtpUrl?: string | undefined
}

/** How long frames can be replayed, as on the public Jetstreams. */
const keepFramesMs = 36 * 3600 * 1000

/** A real @atproto/pds in this process. Stopped and started again it has the same accounts at the same address. */
export class PdsHost implements AsyncDisposable {
  readonly url: string
  readonly #options: PdsOptions
  readonly #sockets = new Set<Socket>()
  #pds: PDS | undefined
  /** Starts and stops come one after the other. */
  #turn: Promise<void> = Promise.resolve()

  private constructor(options: PdsOptions) {
    this.#options = options
    this.url = `http://localhost:${options.port}`
  }

  static async start(options: PdsOptions): Promise<PdsHost> {
    const host = new PdsHost(options)
    await host.start()
    return host
  }

  get isRunning(): boolean {
    return this.#pds !== undefined
  }

  /** Throws while the PDS is stopped. */
  get pds(): PDS {
    if (!this.#pds) throw new Error('The PDS is stopped.')
    return this.#pds
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      this.#pds ??= await this.#boot()
    })
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      const pds = this.#pds
      this.#pds = undefined
      // The PDS would wait for its readers to hang up.
      for (const socket of this.#sockets) socket.destroy()
      await pds?.destroy()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(action)
    this.#turn = mine.catch(() => {})
    return mine
  }

  async #boot(): Promise<PDS> {
    // Takes a second to load: not before it is needed.
    const { PDS, envToCfg, envToSecrets } = await import('@atproto/pds')
    const env = toEnvironment(this.#options)
    const pds = await PDS.create(envToCfg(env), envToSecrets(env))
    resolveOwnHandles(pds)
    hurrySequencer(pds)
    const listen = pds.app.listen.bind(pds.app) as (port: number, host: string) => ReturnType<typeof pds.app.listen>
    Object.assign(pds.app, { listen: (port: number) => listen(this.#options.behind ?? port, '127.0.0.1') })
    try {
      trackSockets(await pds.start(), this.#sockets)
    } catch (error) {
      await pds.destroy().catch(() => {})
      throw error
    }
    return pds
  }
}

function toEnvironment({ port, dataDir, plcUrl, smtpUrl }: PdsOptions): ServerEnvironment {
  mkdirSync(dataDir, { recursive: true })
  return {
    devMode: true,
    hostname: 'localhost',
    port,
    serviceName: 'Sandbox PDS',
    primaryColor: '#2450b5',
    dataDirectory: dataDir,
    blobstoreDiskLocation: path.join(dataDir, 'blobs'),
    blobstoreDiskTmpLocation: path.join(dataDir, 'blobs-tmp'),
    // The PDS fetches nothing from a bare IP address.
    didPlcUrl: plcUrl.replace('//127.0.0.1:', '//localhost:'),
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    repoBackfillLimitMs: keepFramesMs,
    ...(smtpUrl && { emailSmtpUrl: smtpUrl, emailFromAddress: 'pds@sandbox.test' }),
    ...keptSecrets(path.join(dataDir, 'secrets.json')),
  }
}

type Secrets = Required<
  Pick<ServerEnvironment, 'jwtSecret' | 'dpopSecret' | 'adminPassword' | 'plcRotationKeyK256PrivateKeyHex'>
>

/** With other secrets after a restart every session and every account's keys would be void. */
function keptSecrets(file: string): Secrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  const hex = (bytes: number) => randomBytes(bytes).toString('hex')
  const secrets = {
    jwtSecret: hex(32),
    dpopSecret: hex(32),
    adminPassword: hex(16),
    plcRotationKeyK256PrivateKeyHex: hex(32),
  }
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}

/** No DNS knows .test: handles are what the accounts say. */
function resolveOwnHandles({ ctx }: PDS): void {
  ctx.idResolver.handle.resolve = async (handle: string) =>
    (await ctx.accountManager.getAccount(handle as `${string}.${string}`))?.did
}

/** The sequencer looks for new rows up to a second late. It tells its crawlers of each write, so it can wait for that. */
function hurrySequencer({ ctx }: PDS): void {
  let hasRung = false
  let wake = () => {}
  const notifyOfUpdate = async () => {
    hasRung = true
    wake()
  }
  const exponentialBackoff = async () => {
    if (!hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 250)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    hasRung = false
  }
  Object.assign(ctx.crawlers, { notifyOfUpdate })
  Object.assign(ctx.sequencer, { exponentialBackoff })
}
