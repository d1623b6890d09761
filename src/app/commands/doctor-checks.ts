import { once } from 'node:events'
import { statfs } from 'node:fs/promises'
import { createTransport } from 'nodemailer'
import { WebSocket } from 'ws'
import { createOperatorFetch } from '../../atproto/guarded-fetch.ts'
import { jetstreamV2Path } from '../../atproto/jetstream-v2.ts'
import { type Config, loadSecrets } from '../../base/config.ts'
import type { Log } from '../../base/log.ts'
import { openDatabase } from '../../db/database.ts'
import { listPendingMigrations } from '../../db/migrate.ts'
import { openBroker } from '../../queue/amqp-broker.ts'

export type CheckContext = { config: Config; log: Log }
export type Check = {
  name: string
  /** In a few words what is there; throws where it is not. */
  run: (context: CheckContext) => Promise<string>
  mend: string
}

const patienceMs = 5_000
const toleratedMs = 30_000
const gigabyte = 1024 ** 3

export const checks: readonly Check[] = [
  {
    name: 'database',
    run: checkDatabase,
    mend: 'Check DATABASE_URL; without it the embedded database in DATA_DIR is used.',
  },
  {
    name: 'keys',
    run: async ({ config }) => describeKeys(config),
    mend: 'Set SECRET_KEY to the output of "openssl rand -hex 32", or let DATA_DIR keep one.',
  },
  { name: 'disk', run: checkDisk, mend: 'Free some space, or move DATA_DIR.' },
  {
    name: 'PLC directory',
    run: ({ config }) => ask(`${config.plcUrl}/_health`),
    mend: 'Check PLC_URL and the way to it: without it nobody new can sign in.',
  },
  { name: 'clock', run: checkClock, mend: 'Set this machine’s clock (NTP): tokens are refused when it is wrong.' },
  { name: 'source', run: checkSource, mend: 'Check SOURCE and the URL it reads from.' },
  { name: 'broker', run: checkBroker, mend: 'Check AMQP_URL; without it ops go through the process that reads.' },
  { name: 'AppView', run: checkAppView, mend: 'Check APPVIEW_URL: without it followers are not counted.' },
  { name: 'mail', run: checkMail, mend: 'Check SMTP_URL: without it nobody can sign in by mail.' },
]

async function checkDatabase({ config, log }: CheckContext): Promise<string> {
  await using database = await openDatabase({ ...config, log })
  const pending = await listPendingMigrations(database.db)
  const kind = database.isEmbedded ? 'embedded' : 'external'
  if (pending.length > 0) throw new Error(`${kind}, but ${pending.join(', ')} is not done yet: run "openmeet migrate"`)
  return `${kind}, up to date`
}

function describeKeys(config: Config): string {
  const { previous } = loadSecrets(config)
  return `usable, ${previous.length} previous kept`
}

async function checkDisk({ config }: CheckContext): Promise<string> {
  const { bavail, bsize } = await statfs(config.dataDir)
  const free = (bavail * bsize) / gigabyte
  if (free < 1) throw new Error(`only ${free.toFixed(1)} GB are free for ${config.dataDir}`)
  return `${free.toFixed(0)} GB free`
}

async function ask(url: string): Promise<string> {
  const response = await createOperatorFetch({ timeoutMs: patienceMs })(url)
  await response.body?.cancel()
  if (response.status >= 500) throw new Error(`${new URL(url).host} answered ${response.status}`)
  return `${new URL(url).host} answers`
}

async function checkClock({ config }: CheckContext): Promise<string> {
  const response = await createOperatorFetch({ timeoutMs: patienceMs })(`${config.plcUrl}/_health`)
  await response.body?.cancel()
  const date = response.headers.get('date')
  if (date === null) return 'nobody said what time it is'
  const offMs = Math.abs(Date.now() - new Date(date).getTime())
  if (offMs > toleratedMs) throw new Error(`it is ${Math.round(offMs / 1000)} s off`)
  return 'right'
}

async function checkSource({ config }: CheckContext): Promise<string> {
  const { source, tapUrl } = config
  if (source === 'none') return 'none is read (SOURCE=none)'
  if (source === 'tap') return ask(new URL('/health', tapUrl?.replace(/^ws/, 'http')).href)
  const address = streamAddress(config)
  const socket = new WebSocket(address, { handshakeTimeout: patienceMs })
  try {
    await once(socket, 'open')
    return `${address.host} answers`
  } finally {
    socket.terminate()
  }
}

async function checkBroker({ config: { amqpUrl: url, amqpExchange: exchange }, log }: CheckContext): Promise<string> {
  if (url === undefined) return 'not set'
  await using _ = await openBroker({ url, exchange, log, patienceMs })
  return `${new URL(url).host} answers`
}

function streamAddress({ source, firehoseUrl, jetstreamUrls: [first = ''] }: Config): URL {
  if (source === 'firehose') return new URL('/xrpc/com.atproto.sync.subscribeRepos', firehoseUrl)
  return new URL(new URL(first).pathname === jetstreamV2Path ? first : `${first}/subscribe`)
}

async function checkAppView({ config: { appviewUrl } }: CheckContext): Promise<string> {
  if (appviewUrl === undefined) return 'not set'
  return ask(`${appviewUrl}/xrpc/app.bsky.actor.getProfile?actor=bsky.app`)
}

async function checkMail({ config: { smtpUrl } }: CheckContext): Promise<string> {
  if (smtpUrl === undefined) return 'not set: nobody can sign in by mail'
  const transport = createTransport({ url: smtpUrl, connectionTimeout: patienceMs, greetingTimeout: patienceMs })
  try {
    await transport.verify()
    return `${new URL(smtpUrl).host} answers`
  } finally {
    transport.close()
  }
}
