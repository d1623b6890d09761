import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { AppError } from './errors.ts'
import { type LogLevel, logLevels } from './log.ts'
import { type Env, readChoice, readFlag, readList, readPort, readText, readUrl, readUrls } from './read-env.ts'

export type Role = 'web' | 'ingest' | 'worker'
export const allRoles: readonly Role[] = ['web', 'ingest', 'worker']
export const sourceKinds = ['jetstream', 'firehose', 'tap', 'none'] as const
export type SourceKind = (typeof sourceKinds)[number]

/** Everything the environment decides. Nothing else reads the environment. */
export type Config = {
  host: string
  port: number
  /** Where a process without the web role tells how it is (/healthz, /readyz, /metrics); unset: nowhere. */
  metricsPort: number | undefined
  /** Origin of the site as people's browsers see it, without a trailing slash. */
  publicUrl: string
  dataDir: string
  /** Unset: the embedded database. */
  databaseUrl: string | undefined
  /** Unset: ops go through this process. */
  amqpUrl: string | undefined
  /** The exchange, and the beginning of the names of its queues: of each site on one vhost another. */
  amqpExchange: string
  roles: readonly Role[]
  plcUrl: string
  /** A server that knows handles DNS does not (a PDS's own, in development). */
  handleResolverUrl: string | undefined
  source: SourceKind
  jetstreamUrls: readonly string[]
  firehoseUrl: string
  tapUrl: string | undefined
  tapPassword: string | undefined
  relayUrl: string
  /** Unset: nobody counts followers. */
  appviewUrl: string | undefined
  /** Unset: no mail leaves this site. */
  smtpUrl: string | undefined
  mailFrom: string
  /** Unset: made once and kept in the data folder. */
  secretKey: string | undefined
  previousSecretKeys: readonly string[]
  admins: readonly string[]
  logLevel: LogLevel
  /** Development: http and private addresses are allowed for what strangers name. */
  allowPrivateNetwork: boolean
}

/** The environment over the `.env` file in `folder`, where there is one. */
export function readEnv(folder = '.'): Env {
  try {
    return { ...parseEnv(readFileSync(join(folder, '.env'), 'utf8')), ...process.env }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...process.env }
    throw new AppError('invalid-input', `.env cannot be read: ${String(error)}`, { cause: error })
  }
}

/** Throws AppError whose one line names the variable, its value and what would be right. */
export function envToConfig(env: Env): Config {
  const port = readPort(env, 'PORT', 3000)
  const allowPrivateNetwork = readFlag(env, 'ALLOW_PRIVATE_NETWORK')
  const publicUrl = readUrl(env, 'PUBLIC_URL', ['http:', 'https:']) ?? `http://127.0.0.1:${port}`
  return assertTogether({
    host: readText(env, 'HOST') ?? '127.0.0.1',
    port,
    metricsPort: readPort(env, 'METRICS_PORT', undefined),
    publicUrl: new URL(publicUrl).origin,
    dataDir: resolve(readText(env, 'DATA_DIR') ?? '.data'),
    databaseUrl: readUrl(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    amqpUrl: readUrl(env, 'AMQP_URL', ['amqp:', 'amqps:']),
    amqpExchange: readText(env, 'AMQP_EXCHANGE') ?? 'community.lexicon.calendar',
    roles: readList(env, 'ROLES', allRoles) ?? allRoles,
    plcUrl: readUrl(env, 'PLC_URL', ['http:', 'https:']) ?? 'https://plc.directory',
    handleResolverUrl: readUrl(env, 'HANDLE_RESOLVER_URL', ['http:', 'https:']),
    source: readChoice(env, 'SOURCE', sourceKinds) ?? 'jetstream',
    jetstreamUrls: readUrls(env, 'JETSTREAM_URLS', ['ws:', 'wss:']) ?? publicJetstreams,
    firehoseUrl: readUrl(env, 'FIREHOSE_URL', ['ws:', 'wss:']) ?? 'wss://relay1.us-east.bsky.network',
    tapUrl: readUrl(env, 'TAP_URL', ['http:', 'https:', 'ws:', 'wss:']),
    tapPassword: readText(env, 'TAP_PASSWORD'),
    relayUrl: readUrl(env, 'RELAY_URL', ['http:', 'https:']) ?? 'https://relay1.us-east.bsky.network',
    appviewUrl: readUrl(env, 'APPVIEW_URL', ['http:', 'https:']) ?? 'https://public.api.bsky.app',
    smtpUrl: readUrl(env, 'SMTP_URL', ['smtp:', 'smtps:']),
    mailFrom: readText(env, 'MAIL_FROM') ?? `OpenMeet <no-reply@${new URL(publicUrl).hostname}>`,
    secretKey: readText(env, 'SECRET_KEY'),
    previousSecretKeys: splitWords(readText(env, 'SECRET_KEY_PREVIOUS')),
    admins: splitWords(readText(env, 'ADMINS')),
    logLevel: readChoice(env, 'LOG_LEVEL', logLevels) ?? 'info',
    allowPrivateNetwork,
  })
}

const publicJetstreams: readonly string[] = [
  'wss://jetstream1.us-east.bsky.network',
  'wss://jetstream2.us-east.bsky.network',
  'wss://jetstream1.us-west.bsky.network',
  'wss://jetstream2.us-west.bsky.network',
]

function splitWords(text = ''): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

function assertTogether(config: Config): Config {
  const { allowPrivateNetwork, publicUrl, source, tapUrl } = config
  const { hostname } = new URL(publicUrl)
  if (allowPrivateNetwork && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    throw new AppError(
      'invalid-input',
      `ALLOW_PRIVATE_NETWORK=true is for development only, but PUBLIC_URL=${publicUrl} is public: unset one of them`,
    )
  if (source === 'tap' && !tapUrl)
    throw new AppError('invalid-input', 'SOURCE=tap needs TAP_URL, such as http://127.0.0.1:2480')
  return config
}

const secretBytes = 32

/** The secrets that seal tokens: of the environment, else made once and kept in the data folder for its owner only. */
export function loadSecrets({ secretKey, previousSecretKeys, dataDir }: Config): {
  current: Buffer
  previous: Buffer[]
} {
  const current = secretKey === undefined ? readOrMakeSecret(dataDir) : toSecret('SECRET_KEY', secretKey)
  return { current, previous: previousSecretKeys.map((text) => toSecret('SECRET_KEY_PREVIOUS', text)) }
}

function toSecret(name: string, text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length >= secretBytes) return bytes
  throw new AppError(
    'invalid-input',
    `${name} has ${bytes.length} characters: use at least ${secretBytes}, such as the output of "openssl rand -hex 32"`,
  )
}

function readOrMakeSecret(dataDir: string): Buffer {
  const file = join(dataDir, 'secret-key')
  mkdirSync(dataDir, { recursive: true })
  try {
    // Exclusive: of two first starts at once, one makes it and the other reads it.
    writeFileSync(file, `${randomBytes(secretBytes).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(file, 0o600)
  }
  return toSecret(file, readFileSync(file, 'utf8').trim())
}
