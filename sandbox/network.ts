import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { AppView } from './app-view.ts'
import { MailCatcher } from './mail-catcher.ts'
import { PdsHost } from './pds-host.ts'
import { Plc } from './plc.ts'
import { PortTakenError, isPortTaken } from './ports.ts'
import { Relay } from './relay.ts'

export type NetworkPorts = {
  /** The PDS has to know its port beforehand, so it cannot be 0; see `findFreePort`. */
  pds: number
  /** See PdsOptions. */
  pdsBehind?: number
  plc?: number
  relay?: number
  appview?: number
  smtp?: number
  mail?: number
}

export type NetworkOptions = {
  ports: NetworkPorts
  /** With the same folder the network comes back with the same accounts and records, at the same PDS port. */
  dataDir: string
  onProgress?: (line: string) => void
}

/** A whole AT Protocol network on loopback. */
export class Network implements AsyncDisposable {
  readonly plc: Plc
  readonly pds: PdsHost
  readonly relay: Relay
  readonly appView: AppView
  readonly mail: MailCatcher
  readonly #parts: AsyncDisposableStack

  constructor(parts: Pick<Network, 'plc' | 'pds' | 'relay' | 'appView' | 'mail'>, stack: AsyncDisposableStack) {
    this.plc = parts.plc
    this.pds = parts.pds
    this.relay = parts.relay
    this.appView = parts.appView
    this.mail = parts.mail
    this.#parts = stack
  }

  get urls() {
    return {
      plcUrl: this.plc.url,
      pdsUrl: this.pds.url,
      relayUrl: this.relay.url,
      appviewUrl: this.appView.url,
      smtpUrl: this.mail.smtpUrl,
      mailUrl: this.mail.url,
    }
  }

  /** What the platform's environment needs to run on this network. */
  get env() {
    const { plcUrl, pdsUrl, relayUrl, appviewUrl } = this.urls
    return {
      PLC_URL: plcUrl,
      HANDLE_RESOLVER_URL: pdsUrl,
      JETSTREAM_URLS: this.relay.socketUrl,
      RELAY_URL: relayUrl,
      APPVIEW_URL: appviewUrl,
      ALLOW_PRIVATE_NETWORK: 'true',
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

/** Throws `PortTakenError` where a port is in use; then nothing is left running. */
export async function startNetwork({ ports, dataDir, onProgress }: NetworkOptions): Promise<Network> {
  keepPdsPort(dataDir, ports.pds)
  const stack = new AsyncDisposableStack()
  const start = async <T extends AsyncDisposable>(name: PartName, port: number | undefined, part: () => Promise<T>) => {
    onProgress?.(`starting ${name}`)
    const started = await part().catch((error: unknown) => {
      throw isPortTaken(error) && port ? new PortTakenError(portVariables[name], port, error) : error
    })
    return stack.use(started)
  }
  try {
    const plcFile = path.join(dataDir, 'plc.jsonl')
    const plc = await start('the PLC directory', ports.plc, () => Plc.start({ port: ports.plc ?? 0, file: plcFile }))
    const mail = await start('the mail catcher', ports.smtp, () =>
      MailCatcher.start({ smtpPort: ports.smtp ?? 0, webPort: ports.mail ?? 0 }),
    )
    const pdsOptions = {
      port: ports.pds,
      behind: ports.pdsBehind,
      dataDir: path.join(dataDir, 'pds'),
      plcUrl: plc.url,
      smtpUrl: mail.smtpUrl,
    }
    const pds = await start('the PDS', ports.pds, () => PdsHost.start(pdsOptions))
    const relay = await start('the relay', ports.relay, () => Relay.start({ port: ports.relay ?? 0, pdsUrl: pds.url }))
    const appView = await start('the AppView', ports.appview, () =>
      AppView.start({ port: ports.appview ?? 0, pdsUrl: pds.url }),
    )
    return new Network({ plc, pds, relay, appView, mail }, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

const portVariables = {
  'the PLC directory': 'PLC_PORT',
  'the mail catcher': 'SMTP_PORT',
  'the PDS': 'PDS_PORT',
  'the relay': 'RELAY_PORT',
  'the AppView': 'APPVIEW_PORT',
} as const

type PartName = keyof typeof portVariables

/** Every account's DID document names the PDS with its port. */
function keepPdsPort(dataDir: string, port: number): void {
  mkdirSync(dataDir, { recursive: true })
  const file = path.join(dataDir, 'network.json')
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pdsPort: number }) : undefined
  if (kept && kept.pdsPort !== port) {
    throw new Error(`PDS_PORT=${port} does not fit ${dataDir}: its accounts live at port ${kept.pdsPort}.`)
  }
  if (!kept) writeFileSync(file, JSON.stringify({ pdsPort: port }))
}
