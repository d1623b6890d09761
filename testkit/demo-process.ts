import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../sandbox/ports.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** What `npm run demo` writes into demo.json. */
type DemoFile = {
  appUrl: string
  pdsUrl: string
  plcUrl: string
  relayUrl: string
  appviewUrl: string
  smtpUrl: string
  mailUrl: string
  adminToken: string
  accounts: { handle: string; did: string; password: string; token?: string }[]
}

export type DemoProcess = AsyncDisposable & DemoFile & { child: ChildProcess; readyMs: number }

/** The demo as somebody starts it, on free ports, ended when it is disposed. */
export async function startDemoProcess(env: Record<string, string> = {}): Promise<DemoProcess> {
  const ports = {
    PORT: '0',
    PDS_PORT: String(await findFreePort()),
    PLC_PORT: '0',
    RELAY_PORT: '0',
    APPVIEW_PORT: '0',
    SMTP_PORT: '0',
  }
  // Not under the wrapper that runs this: the demo gets one of its own.
  const { OPENMEET_WRAPPER: _, npm_lifecycle_event: __, DATABASE_URL: ___, AMQP_URL: ____, ...inherited } = process.env
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['scripts/with-node.mjs', 'sandbox/demo-main.ts'], {
    cwd: root,
    env: { ...inherited, DEMO_TRAFFIC: 'off', ...ports, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const path = await findReadyLine(child)
  const readyMs = performance.now() - startedAt
  const file = JSON.parse(await readFile(path, 'utf8')) as DemoFile
  return {
    ...file,
    child,
    readyMs,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function findReadyLine(child: ChildProcess): Promise<string> {
  const said: string[] = []
  child.stderr?.on('data', (text: Buffer) => said.push(text.toString()))
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    said.push(`${line}\n`)
    const path = /^demo ready (.+)$/.exec(line)?.[1]
    if (path === undefined) continue
    child.stdout?.resume()
    return path
  }
  throw new Error(`The demo ended:\n${said.join('')}`)
}
