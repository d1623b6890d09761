import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { envToConfig, loadSecrets } from './config.ts'

test('an empty environment is the real network, the embedded database and all roles', () => {
  expect(envToConfig({ PORT: '' })).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://127.0.0.1:3000',
    databaseUrl: undefined,
    roles: ['web', 'ingest', 'worker'],
    source: 'jetstream',
    plcUrl: 'https://plc.directory',
    allowPrivateNetwork: false,
  })
})

test('a database may be on a socket', () => {
  const url = 'postgres://me@/db?host=/run/postgresql'
  expect(envToConfig({ DATABASE_URL: url }).databaseUrl).toBe(url)
})

test.each([
  [{ PORT: 'http' }, 'PORT=http is not a number from 0 to 65535'],
  [{ PORT: '70000' }, 'PORT=70000 is not a number'],
  [{ ROLES: 'web,cook' }, 'ROLES=web,cook is not some of web,ingest,worker'],
  [{ SOURCE: 'kafka' }, 'SOURCE=kafka is not one of jetstream, firehose, tap, none'],
  [
    { DATABASE_URL: 'mysql://me:secret@db/x' },
    'DATABASE_URL=mysql://me:***@db/x is not a URL that starts with postgres://',
  ],
  [{ JETSTREAM_URLS: 'wss://a.example,https://b.example' }, 'JETSTREAM_URLS=https://b.example is not'],
  [{ ALLOW_PRIVATE_NETWORK: 'maybe' }, 'ALLOW_PRIVATE_NETWORK=maybe is not true or false'],
  [{ ALLOW_PRIVATE_NETWORK: 'true', PUBLIC_URL: 'https://meet.example.org' }, 'is for development only'],
  [{ SOURCE: 'tap' }, 'SOURCE=tap needs TAP_URL'],
])('a wrong value is named with what would be right: %j', (env, message) => {
  expect(() => envToConfig(env)).toThrow(message)
})

test('a secret is made once, for its owner only, and one from outside must be long', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'openmeet-config-'))
  try {
    const made = loadSecrets(envToConfig({ DATA_DIR: dataDir }))
    expect(loadSecrets(envToConfig({ DATA_DIR: dataDir }))).toEqual(made)
    expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600)
    expect(() => loadSecrets(envToConfig({ SECRET_KEY: 'short' }))).toThrow('SECRET_KEY has 5 characters')
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})
