import path from 'node:path'
import { type Platform, startPlatform } from '../src/app/start-platform.ts'
import { envToConfig } from '../src/base/config.ts'
import { type LogLevel, createLog } from '../src/base/log.ts'
import { createDemoRoutes } from './demo-routes.tsx'
import type { DemoOptions } from './demo-options.ts'
import type { Demo } from './demo-view.ts'

export type DemoPlatformOptions = {
  demo: Demo
  options: Pick<DemoOptions, 'port' | 'source'>
  dataDir: string
  admins: readonly string[]
  logLevel: LogLevel
  onProgress: (line: string) => void
}

/** The platform itself, on the sandbox's network instead of the real one. */
export async function startDemoPlatform(options: DemoPlatformOptions): Promise<Platform> {
  const { demo, logLevel, onProgress } = options
  const config = envToConfig(toEnv(options))
  const handles = demo.cast.map(({ handle }) => handle)
  return startPlatform({
    config,
    log: createLog({ level: logLevel }),
    extraRoutes: createDemoRoutes(demo),
    demo: { handles, mailboxUrl: demo.network.urls.mailUrl, path: '/demo' },
    onProgress,
  })
}

function toEnv({
  demo,
  options: { port, source },
  dataDir,
  admins,
  logLevel,
}: DemoPlatformOptions): Record<string, string> {
  const { network } = demo
  const { urls } = network
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: path.join(dataDir, 'platform'),
    PLC_URL: urls.plcUrl,
    HANDLE_RESOLVER_URL: urls.pdsUrl,
    APPVIEW_URL: urls.appviewUrl,
    RELAY_URL: urls.relayUrl,
    JETSTREAM_URLS: network.relay.socketUrl,
    FIREHOSE_URL: network.relay.socketUrl,
    TAP_URL: urls.relayUrl,
    SMTP_URL: urls.smtpUrl,
    MAIL_FROM: 'OpenMeet <no-reply@openmeet.test>',
    ADMINS: admins.join(' '),
    ALLOW_PRIVATE_NETWORK: 'true',
    LOG_LEVEL: logLevel,
    ...(source && { SOURCE: source }),
  }
}
