import { type Answer, type Asked, LoopbackServer, json, xrpcError } from '../sandbox/loopback-server.ts'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import type { JsonObject } from '../src/base/json.ts'
import { rev } from './calendar-ops.ts'

export type FleetRecord = { cid: string; value: JsonObject }

/** A repo of the fleet: its records by collection and key. Its rev moves with `touch`. */
export class FleetRepo {
  readonly did: string
  readonly host: number
  readonly #records = new Map<string, Map<string, FleetRecord>>()
  #n = 0
  /** An XRPC error its host answers everything with, such as RepoDeactivated. */
  error: string | undefined

  constructor(did: string, host: number) {
    this.did = did
    this.host = host
  }

  get rev(): string {
    return rev(this.#n)
  }

  /** Moves the rev on, to `n` seconds into the test at least. */
  touch(n = this.#n + 1): this {
    this.#n = Math.max(this.#n + 1, n)
    return this
  }

  put(collection: string, rkey: string, value: JsonObject, cid = `bafy-${rkey}-${JSON.stringify(value).length}`): this {
    const records = this.#records.get(collection) ?? new Map<string, FleetRecord>()
    this.#records.set(collection, records.set(rkey, { cid, value }))
    return this.touch()
  }

  delete(collection: string, rkey: string): this {
    this.#records.get(collection)?.delete(rkey)
    return this.touch()
  }

  /** As the reference PDS: by key, the last first. */
  list(collection: string): [string, FleetRecord][] {
    return [...(this.#records.get(collection) ?? [])].sort(([a], [b]) => (a < b ? 1 : -1))
  }

  get collections(): string[] {
    return [...this.#records].flatMap(([name, records]) => (records.size > 0 ? [name] : []))
  }
}

type Hook = (method: string, asked: Asked, host: number) => Answer | undefined | Promise<Answer | undefined>

/**
 * A relay, a PLC directory and many PDSes on loopback that answer as the reference implementations do, and count what
 * they are asked. `hook` may answer instead.
 */
export class FakeFleet implements AsyncDisposable {
  readonly repos = new Map<string, FleetRepo>()
  /** `host method collection` of each question to a PDS or the relay (host -1). The directory's are not among them. */
  readonly asked: string[] = []
  hook: Hook | undefined
  mostUnderWay: number[] = []
  readonly #hosts: LoopbackServer[] = []
  #relay: LoopbackServer | undefined

  private constructor() {}

  static async start(hosts: number): Promise<FakeFleet> {
    const fleet = new FakeFleet()
    for (let i = 0; i < hosts; i++) {
      fleet.#hosts.push(await LoopbackServer.listen(0, (asked) => fleet.#answerCounted(asked, i)))
      fleet.mostUnderWay.push(0)
    }
    fleet.#relay = await LoopbackServer.listen(0, (asked) => fleet.#answerRelay(asked))
    return fleet
  }

  /** Of the relay and the directory. */
  get url(): string {
    return this.#relay?.url ?? ''
  }

  hostUrl(i: number): string {
    return this.#hosts[i]?.url ?? ''
  }

  add(did: string, host = 0): FleetRepo {
    const repo = new FleetRepo(did, host)
    this.repos.set(did, repo)
    return repo
  }

  get identities() {
    return {
      resolveDid: async (did: string) => {
        const pdsUrl = this.hostUrl(this.repos.get(did)?.host ?? 0)
        return { did, handle: null, pdsUrl, signingKey: null, didDoc: { id: did }, resolvedAt: new Date() }
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [...this.#hosts, ...(this.#relay ? [this.#relay] : [])]) await server[Symbol.asyncDispose]()
  }

  readonly #now: number[] = []

  async #answerCounted(asked: Asked, host: number): Promise<Answer | undefined> {
    const now = (this.#now[host] ?? 0) + 1
    this.#now[host] = now
    this.mostUnderWay[host] = Math.max(this.mostUnderWay[host] ?? 0, now)
    try {
      return await this.#answerPds(asked, host)
    } finally {
      this.#now[host] = (this.#now[host] ?? 1) - 1
    }
  }

  async #answerPds(asked: Asked, host: number): Promise<Answer | undefined> {
    const { pathname, searchParams: query } = asked.url
    const method = pathname.slice('/xrpc/'.length)
    this.asked.push([host, method, query.get('collection') ?? ''].join(' ').trim())
    const answer = await this.hook?.(method, asked, host)
    if (answer) return answer
    const repo = this.repos.get(query.get('did') ?? query.get('repo') ?? '')
    if (!repo || repo.host !== host) return xrpcError('RepoNotFound', 'Could not find repo')
    if (repo.error) return xrpcError(repo.error, 'not now')
    if (method === 'com.atproto.sync.getLatestCommit') return json({ cid: 'bafy', rev: repo.rev })
    return method === 'com.atproto.repo.listRecords' ? listPage(repo, query) : undefined
  }

  async #answerRelay({ url, ...asked }: Asked): Promise<Answer | undefined> {
    if (url.pathname.startsWith('/did:')) return this.#answerDid(decodeURIComponent(url.pathname.slice(1)))
    const method = url.pathname.slice('/xrpc/'.length)
    this.asked.push(`-1 ${method}`)
    const answer = await this.hook?.(method, { url, ...asked }, -1)
    if (answer) return answer
    if (method !== 'com.atproto.sync.listReposByCollection') return undefined
    const limit = Number(url.searchParams.get('limit') ?? 500)
    const has = url.searchParams.get('collection') ?? ''
    const dids = [...this.repos.values()].flatMap(({ did, collections }) => (collections.includes(has) ? [did] : []))
    const rest = dids.sort().filter((did) => did > (url.searchParams.get('cursor') ?? ''))
    const page = rest.slice(0, limit)
    return json({ repos: page.map((did) => ({ did })), ...(rest.length > limit && { cursor: page.at(-1) }) })
  }

  #answerDid(did: string): Answer {
    const repo = this.repos.get(did)
    if (!repo) return json({ message: 'not registered' }, 404)
    const pds = { id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: this.hostUrl(repo.host) }
    return json({ id: did, service: [pds] })
  }
}

/** The reference PDS names a cursor after every page that is not empty. */
function listPage(repo: FleetRepo, query: URLSearchParams): Answer {
  const collection = query.get('collection') ?? ''
  const cursor = query.get('cursor')
  const limit = Number(query.get('limit') ?? 50)
  const rest = repo.list(collection).filter(([rkey]) => cursor === null || rkey < cursor)
  const page = rest.slice(0, limit)
  const records = page.map(([rkey, { cid, value }]) => ({ uri: `at://${repo.did}/${collection}/${rkey}`, cid, value }))
  const last = page.at(-1)?.[0]
  return json({ records, ...(last !== undefined && { cursor: last }) })
}

export function eventValue(name: string): JsonObject {
  return {
    $type: eventCollection,
    name,
    createdAt: '2026-01-01T00:00:00.000Z',
    startsAt: '2026-12-01T18:00:00.000Z',
  }
}

export function rsvpValue(subject: string, status = 'going'): JsonObject {
  const answer = `${rsvpCollection}#${status}`
  return { $type: rsvpCollection, status: answer, createdAt: '2026-02-01T00:00:00.000Z', subject: { uri: subject } }
}
