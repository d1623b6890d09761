import { type SourceKind, sourceKinds } from '../src/base/config.ts'
import { invalid } from '../src/base/errors.ts'
import { type Env, readChoice, readPort, readText } from '../src/base/read-env.ts'
import type { NetworkPorts } from './network.ts'
import { findFreePort } from './ports.ts'

export type DemoOptions = {
  /** Of the site. */
  port: number
  network: NetworkPorts
  /** Undefined: a fresh temporary folder that goes at the end. */
  dataDir: string | undefined
  hasTraffic: boolean
  /** Which of the relay's streams the site reads; undefined: its own choice. */
  source: SourceKind | undefined
}

/** Throws AppError whose one line names the variable, its value and what would be right. */
export async function readDemoOptions(env: Env): Promise<DemoOptions> {
  const pds = readPort(env, 'PDS_PORT', 2583)
  const smtp = readPort(env, 'SMTP_PORT', 1025)
  const port = readPort(env, 'PORT', 3000)
  const network = {
    pds,
    plc: readPort(env, 'PLC_PORT', 2582),
    relay: readPort(env, 'RELAY_PORT', 2584),
    appview: readPort(env, 'APPVIEW_PORT', 2585),
    smtp,
  }
  assertDistinct({
    PORT: port,
    PDS_PORT: pds,
    PLC_PORT: network.plc,
    RELAY_PORT: network.relay,
    APPVIEW_PORT: network.appview,
    SMTP_PORT: smtp,
  })
  const dataDir = readText(env, 'DATA_DIR')
  const source = readChoice(env, 'SOURCE', sourceKinds)
  const hasTraffic = readChoice(env, 'DEMO_TRAFFIC', ['on', 'off']) !== 'off'
  // What names itself in addresses has to know its port beforehand.
  const [ownPort, pdsPort] = [port || (await findFreePort()), pds || (await findFreePort())]
  return { port: ownPort, network: { ...network, pds: pdsPort, mail: mailPort(smtp) }, dataDir, hasTraffic, source }
}

function assertDistinct(ports: Record<string, number>): void {
  const seen = new Map<number, string>()
  for (const [name, port] of Object.entries(ports)) {
    const other = seen.get(port)
    if (other && port !== 0) throw invalid({ field: name, message: `${port} is the port of ${other} too` })
    seen.set(port, name)
  }
}

function mailPort(smtp: number): number {
  const port = smtp + 7000
  return smtp === 0 || port > 65_535 ? 0 : port
}
