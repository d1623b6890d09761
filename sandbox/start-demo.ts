import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LogLevel } from '../src/base/log.ts'
import { type CastAccount, seedCast } from './cast.ts'
import type { DemoOptions } from './demo-options.ts'
import { type Network, startNetwork } from './network.ts'
import { OtherApp } from './other-app.ts'
import { assertPortFree } from './ports.ts'
import { signInAtSite } from './sign-in-cast.ts'
import { startDemoPlatform } from './start-demo-platform.ts'
import { Traffic } from './traffic.ts'

/** The contents of demo.json, which people script against. */
export type DemoFile = Network['urls'] & {
  appUrl: string
  adminToken: string
  /** `token`: of those who have signed in here. */
  accounts: { handle: string; did: string; password: string; token?: string }[]
}

export type StartDemo = {
  options: DemoOptions
  logLevel: LogLevel
  onProgress: (line: string) => void
  /** Aborted while starting: what has started is ended. */
  signal: AbortSignal
}

/** Who is signed in from the beginning; the others are known here from the network only. */
const members = ['maya.test', 'tomas.test', 'june.test', 'priya.test']
const adminHandle = 'tomas.test'

/** The whole demo. The stack ends it: first what acts, then the site, then the network, then the folder. */
export async function startDemo(
  start: StartDemo,
): Promise<{ file: string; demo: DemoFile; stack: AsyncDisposableStack }> {
  const { options, onProgress, signal } = start
  // The last to be used, but who wants to wait for the rest only to hear of it?
  await assertPortFree('PORT', options.port)
  await using starting = new AsyncDisposableStack()
  const dataDir = options.dataDir === undefined ? makeFolder(starting) : path.resolve(options.dataDir)
  const network = starting.use(await startNetwork({ ports: options.network, dataDir, onProgress }))
  signal.throwIfAborted()
  const app = new OtherApp(network.pds)
  const cast = await seedCast({ app, dataDir, onProgress })
  signal.throwIfAborted()
  onProgress('starting OpenMeet')
  const admins = cast.filter(({ handle }) => handle === adminHandle).map(({ did }) => did)
  const platform = starting.use(
    await startDemoPlatform({
      demo: { network, cast },
      options,
      dataDir,
      admins,
      logLevel: start.logLevel,
      onProgress,
    }),
  )
  signal.throwIfAborted()
  onProgress('some of them sign in')
  const appUrl = `http://127.0.0.1:${options.port}`
  const tokens = await signInMembers(appUrl, platform.services.db, cast)
  const demo = toDemoFile(network, appUrl, cast, tokens)
  const file = writeDemoFile(dataDir, demo)
  if (options.hasTraffic) starting.use(new Traffic({ app, dids: cast.slice(4).map(({ did }) => did) }))
  return { file, demo, stack: starting.move() }
}

function makeFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'openmeet-demo-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

type Db = Parameters<typeof signInAtSite>[1]

async function signInMembers(appUrl: string, db: Db, cast: readonly CastAccount[]): Promise<Map<string, string>> {
  const tokens = new Map<string, string>()
  for (const person of cast.filter(({ handle }) => members.includes(handle))) {
    tokens.set(person.handle, await signInAtSite(appUrl, db, person))
  }
  return tokens
}

function toDemoFile(
  network: Network,
  appUrl: string,
  cast: readonly CastAccount[],
  tokens: ReadonlyMap<string, string>,
): DemoFile {
  const accounts = cast.map(({ handle, did, password }) => {
    const token = tokens.get(handle)
    return { handle, did, password, ...(token && { token }) }
  })
  return { appUrl, ...network.urls, adminToken: tokens.get(adminHandle) ?? '', accounts }
}

/** Renamed into place: whoever waits for it never reads half of it. Holds tokens, so it is its owner's only. */
function writeDemoFile(dataDir: string, demo: DemoFile): string {
  const file = path.join(dataDir, 'demo.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(demo, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return file
}
