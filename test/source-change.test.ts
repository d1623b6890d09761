import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jetstreamV2Path } from '../src/atproto/jetstream-v2.ts'
import { startIngestRole } from '../src/app/start-ingest-role.ts'
import type { Config } from '../src/base/config.ts'
import { listGaps } from '../src/ingest/gap-store.ts'
import { type TestSite, startTestSite } from '../testkit/test-site.ts'

const soon = { timeout: 20_000, interval: 20 }
let site: TestSite
let did: string

beforeAll(async () => {
  site = await startTestSite({ SOURCE: 'none' })
  did = await site.app.signUp('ana.test')
})
afterAll(() => site[Symbol.asyncDispose]())

type Choice = Partial<Pick<Config, 'source' | 'jetstreamUrls' | 'firehoseUrl' | 'tapUrl'>>

function choices(): Record<string, Choice> {
  const { relayUrl, pdsUrl } = site.network.urls
  const socket = relayUrl.replace('http', 'ws')
  return {
    'Jetstream v1': { source: 'jetstream', jetstreamUrls: [socket] },
    'a firehose': { source: 'firehose', firehoseUrl: socket },
    Tap: { source: 'tap', tapUrl: relayUrl },
    'Jetstream v2': { source: 'jetstream', jetstreamUrls: [`${socket}${jetstreamV2Path}`] },
    'another firehose': { source: 'firehose', firehoseUrl: pdsUrl.replace('http', 'ws') },
    'Jetstream v1 again': { source: 'jetstream', jetstreamUrls: [socket] },
  }
}

function start(choice: Choice) {
  const { services } = site
  return startIngestRole({ ...services, config: { ...services.config, ...choice } })
}

const here = async () => {
  const rows = await site.services.db.selectFrom('events').select('name').where('hidden_reason', 'is', null).execute()
  return rows.map(({ name }) => name).toSorted()
}
const there = async () => {
  const records = await site.app.listRecords(did)
  return records.map(({ value }) => value['name'] as string).toSorted()
}
const same = async () => expect.poll(here, soon).toEqual(await there())

describe('the source can be changed at any time', () => {
  test('and nothing that happened in between is lost', { timeout: 120_000 }, async () => {
    const doomed = await site.app.createEvent(did, { name: 'Made before anybody read' })
    const edited = await site.app.createEvent(did, { name: 'v0' })
    for (const [name, choice] of Object.entries(choices())) {
      await using ingest = start(choice)
      await expect.poll(() => ingest?.stats.batches, soon).toBeGreaterThan(0)
      await same()
      const { uri } = await site.app.createEvent(did, { name: `Live by ${name}` })
      await expect.poll(here, soon).toContain(`Live by ${name}`)
      await ingest?.[Symbol.asyncDispose]()
      await site.app.createEvent(did, { name: `Made while nobody read, after ${name}` })
      await site.app.editEvent(edited.uri, { name: `Edited after ${name}` })
      await site.app.deleteRecord(name === 'a firehose' ? doomed.uri : uri)
    }
    await using _ = start({ source: 'firehose' })
    await same()
    const gaps = await listGaps(site.services.db, 100)
    expect(gaps.filter(({ reason }) => reason === 'source-changed').length).toBeGreaterThanOrEqual(3)
    await expect
      .poll(async () => (await listGaps(site.services.db, 100)).map(({ state }) => state), soon)
      .toEqual(gaps.map(() => 'healed'))
  })
})
