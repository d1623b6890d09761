import { expect, test } from 'vitest'
import { readDemoOptions } from './demo-options.ts'

test('without a word everything has its usual port', async () => {
  expect(await readDemoOptions({})).toEqual({
    port: 3000,
    network: { pds: 2583, plc: 2582, relay: 2584, appview: 2585, smtp: 1025, mail: 8025 },
    dataDir: undefined,
    hasTraffic: true,
    source: undefined,
  })
})

test('a port 0 is a free one, known before the start where addresses hold it', async () => {
  const { port, network } = await readDemoOptions({ PORT: '0', PDS_PORT: '0', SMTP_PORT: '60000', DEMO_TRAFFIC: 'off' })
  expect(port).toBeGreaterThan(1023)
  expect(network.pds).toBeGreaterThan(1023)
  expect(network.mail).toBe(0)
})

test.each([
  [{ PDS_PORT: 'x' }, 'PDS_PORT=x is not a number from 0 to 65535'],
  [{ PORT: '2584' }, 'RELAY_PORT: 2584 is the port of PORT too'],
  [{ DEMO_TRAFFIC: 'maybe' }, 'DEMO_TRAFFIC=maybe is not one of on, off'],
  [{ SOURCE: 'pigeon' }, 'SOURCE=pigeon is not one of'],
])('a wrong value is named in one line: %j', async (env, message) => {
  await expect(readDemoOptions(env)).rejects.toThrow(message)
})
